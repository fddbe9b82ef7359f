// Calls by the interfaces that an x86_64 kernel has beside its own, from a 64-bit program: i386's by int 0x80, whose numbers
// and registers are others, and x32's, whose numbers have bit 30 set. Prints what each returned; with an argument it then
// becomes that program by a 32-bit exec.
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static long by_i386(long number, long a, long b, long c, long d, long e) {
    long ret;
    asm volatile("int $0x80"
                 : "=a"(ret)
                 : "0"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                 : "memory", "r8", "r9", "r10", "r11");
    return (int)ret;
}

static long by_x32(long number, long a, long b, long c) {
    long ret;
    asm volatile("syscall" : "=a"(ret) : "0"(0x40000000 | number), "D"(a), "S"(b), "d"(c) : "memory", "rcx", "r11");
    return ret;
}

int main(int argc, char **argv) {
    // Where 32 bits reach.
    char *low = mmap((void *)0x10000000, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (low == MAP_FAILED)
        return 2;
    strcpy(low, "by int 0x80\n");
    // write there and stat by x86_64's table; the kernel takes the low half of a wider register.
    printf("%ld\n", by_i386(4, 1 | 0x700000000, (long)low, strlen(low), 0, 0));
    strcpy(low, "/no/such/file");
    printf("%ld\n", by_i386(295, -100, (long)low, 0, 0, 0)); // openat
    printf("%ld\n", by_i386(140, 77, 1, 2, 3, 4));           // _llseek, which has five arguments
    printf("%ld\n", by_i386(222, 1, 2, 3, 4, 5));            // a hole in the table
    printf("%ld\n", by_i386(0x40000001, 1, 2, 3, 0, 0));     // write by x32's table, which this interface has not got
    printf("%ld\n", by_x32(39, 11, 22, 33));                 // getpid
    printf("%ld\n", by_x32(59, 1, 2, 3));                    // execve by x86_64's table, which x32 has elsewhere
    fflush(stdout);
    if (argc > 1) {
        uint32_t *arguments = (uint32_t *)(low + 2048);
        strcpy(low, argv[1]);
        arguments[0] = (uintptr_t)low;
        arguments[1] = 0;
        by_i386(11, (long)low, (long)arguments, 0, 0, 0);
    }
    return 1;
}
