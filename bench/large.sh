# What the large capture is recorded from: rounds of what people run all day. ROUNDS FOLDER EXCHANGE...
rounds=$1 folder=$2
shift 2
for round in $(seq "$rounds"); do
    for again in 1 2 3 4; do
        find /usr/share /usr/include -type f -newer /etc/passwd >/dev/null 2>&1
        grep -rl "no such words, round $round.$again" /usr/share/doc /usr/include >/dev/null 2>&1
        tar -cf - /usr/include /usr/share/zoneinfo 2>/dev/null | cat >/dev/null
    done
    dd if=/dev/zero of=/dev/null bs=1 count=250000 status=none
    for unit in 1 2 3 4; do
        printf '#include <stdio.h>\n#include <sys/socket.h>\nint unit%s(void) { return puts("%s"); }\n' "$unit" "$round" \
            >"$folder/$unit.c"
        cc -O1 -c -o "$folder/$unit.o" "$folder/$unit.c"
    done
    count=0
    while [ $count -lt 300 ]; do
        /bin/true
        count=$((count + 1))
    done
    cp -r /usr/include/linux "$folder/copy" && rm -r "$folder/copy"
    "$@"
done
