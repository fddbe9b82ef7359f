/* Programs of which the content is to be kept: each says on standard output what a test cannot know beforehand. */
#ifndef ARTIFACTS_H
#define ARTIFACTS_H

#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* Ends the program, saying what failed and why, unless `condition` holds. */
#define must(condition)                                                                                                \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			fail(__FILE__, __LINE__, #condition);                                                          \
	} while (0)
void fail(const char *file, int line, const char *what);

/* Fills in bytes that repeat nowhere and that the tests make too (`artifacts::pattern`). */
void pattern(unsigned char *to, unsigned long seed, size_t length);
/* A script: a first line, a comment that names it, and a pattern; `length` bytes in all. */
unsigned char *script(const char *name, unsigned long seed, size_t length);
/* A file's bytes. */
unsigned char *bytes_of(const char *path, size_t *length);
/* Writes all of it. */
void write_all(int fd, const void *bytes, size_t length);
/* Makes a program: these bytes, and a trailer behind them. */
void make_program(const char *path, const unsigned char *bytes, size_t length, const char *trailer);
/* Who waits for children and does not want to be told when they stop. */
void be_told_of_no_stop(void);
/* A child's wait status, which must be 0. */
void finish(pid_t child);

/* Each has the arguments behind its name. */
int execs(int count, char **words);
int memfds(int count, char **words);
int two(int count, char **words);
int ways(int count, char **words);
int versions(int count, char **words);
int kinds(int count, char **words);
int race(int count, char **words);
int storm(int count, char **words);
int outside(int count, char **words);
int parent(int count, char **words);
int fifo(int count, char **words);
int sparse(int count, char **words);
int names(int count, char **words);
int sizes(int count, char **words);
int regions(int count, char **words);
int module(int count, char **words);
int bpf_program(int count, char **words);
int code(int count, char **words);

#endif
