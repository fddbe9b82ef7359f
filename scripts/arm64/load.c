// load OBJECT: has the running kernel's verifier look at every program of a BPF object whose hook this kernel has, with the
// options that the recorder sets once as they are and once all on (code that an option turns off is not looked at).
// Prints a line for each time and for each program without a hook. Exit status 0 when all were taken.
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char last[1 << 20];

// Keeps the end of what libbpf says, which is where the verifier says why.
static int keep(enum libbpf_print_level level, const char *format, va_list arguments) {
    static char line[1 << 22];
    if (level == LIBBPF_DEBUG)
        return 0;
    int length = vsnprintf(line, sizeof(line), format, arguments);
    if (length >= (int)sizeof(line))
        length = sizeof(line) - 1;
    size_t used = strlen(last), room = sizeof(last) - 1;
    if (used + length > room)
        used = 0;
    const char *from = (size_t)length > room ? line + length - room : line;
    strcpy(last + used, from);
    return 0;
}

static int is_here(const struct bpf_program *program) {
    const char *target = strchr(bpf_program__section_name(program), '/');
    enum bpf_attach_type type = bpf_program__expected_attach_type(program);
    switch (bpf_program__type(program)) {
    case BPF_PROG_TYPE_TRACING:
    case BPF_PROG_TYPE_LSM:
        return !target || libbpf_find_vmlinux_btf_id(target + 1, type) > 0;
    default:
        return 1;
    }
}

// Sets the option, a number in the constants of the object.
static void turn_on(struct bpf_object *object, const char *option) {
    struct bpf_map *map;
    const struct btf *btf = bpf_object__btf(object);
    int section = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);
    bpf_object__for_each_map(map, object) {
        if (!strstr(bpf_map__name(map), ".rodata") || section < 0)
            continue;
        size_t size;
        char *constants = (char *)bpf_map__initial_value(map, &size);
        const struct btf_type *type = btf__type_by_id(btf, section);
        const struct btf_var_secinfo *variable = btf_var_secinfos(type);
        for (int i = 0; i < btf_vlen(type); i++, variable++)
            if (!strcmp(btf__name_by_offset(btf, btf__type_by_id(btf, variable->type)->name_off), option))
                constants[variable->offset] = 1;
    }
}

static int load(const char *path, int options_on) {
    struct bpf_object *object = bpf_object__open_file(path, NULL);
    struct bpf_program *program;
    if (!object)
        return 1;
    if (options_on) {
        turn_on(object, "whole_host");
        turn_on(object, "record_environment");
    }
    bpf_object__for_each_program(program, object)
        if (!is_here(program))
            bpf_program__set_autoload(program, false);
    int failed = bpf_object__load(object);
    if (failed) {
        size_t length = strlen(last);
        printf("refused: %s, options %s\n%s\n", path, options_on ? "on" : "off", last + (length > 6000 ? length - 6000 : 0));
    }
    int taken = 0;
    bpf_object__for_each_program(program, object) {
        if (bpf_program__autoload(program))
            taken++;
        else
            printf("no hook here: %s\n", bpf_program__section_name(program));
    }
    if (!failed)
        printf("taken: %s, options %s, %d programs\n", path, options_on ? "on" : "off", taken);
    bpf_object__close(object);
    return !!failed;
}

int main(int argc, char **argv) {
    libbpf_set_print(keep);
    return argc != 2 || load(argv[1], 0) + load(argv[1], 1);
}
