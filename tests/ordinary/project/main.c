#include <stdio.h>
#include <stdlib.h>
#include "config.h"

int part_1(const char *text);

int main(int argc, char **argv)
{
	printf("%d\n", part_1(argc > 1 ? argv[1] : ""));
	return EXIT_SUCCESS;
}
