#!/bin/sh
# tests/ordinary/work.sh FOLDER: a day of ordinary work, none of which is to be suspicious: a project is configured, compiled
# and installed, its repository is made and cloned, a Python environment is made and used, engines compile while they run, a
# web server serves, packages are listed, jobs run as cron runs them. What is there before the day begins is laid out by
# `tests/ordinary/work.sh FOLDER prepare`. Port 8080 of the loopback interface must be free: give it a network of its own.
set -eu
folder=$1
here=$(cd "$(dirname "$0")" && pwd)
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$folder/home" LC_ALL=C
cd "$folder"

prepare() {
    chmod 755 "$folder"
    mkdir "$HOME"
    cp -R "$here/project" project
    cp -R "$here/jobs" jobs
    chmod 755 project/configure jobs/*
    for number in $(seq 20); do
        sed "s/NUMBER/$number/g" project/part.c.in >"project/part_$number.c"
    done
}

compile() {
    mkdir build
    (cd build && ../project/configure && make -j2 && make check && make install DESTDIR="$folder/installed")
    # Changed, and compiled anew.
    echo "/* changed */" >>project/part_3.c
    (cd build && make)
}

repository() {
    git config --global user.name somebody
    git config --global user.email somebody@example.com
    git config --global init.defaultBranch main
    git init -q repository
    cp -R project repository/project
    (
        cd repository
        git add .
        git commit -q -m begin
        for number in 1 2 3 4 5 6 7 8 9 10; do
            echo "$number" >>changes
            git add changes
            git commit -q -m "change $number"
        done
        git checkout -q -b side HEAD~3
        echo side >side
        git add side
        git commit -q -m side
        git merge -q -m merge main
        git gc -q
    )
    git clone -q "$folder/repository" clone
    git -C clone log --stat >/dev/null
    git -C clone pull -q
    (cd clone/project && ./configure && make -j2)
}

environment() {
    /usr/bin/python3 -m venv environment
    environment/bin/python -c 'import json, ssl, sqlite3, sys; print(sys.prefix)'
    environment/bin/python -m pip list --disable-pip-version-check
    environment/bin/pip list --disable-pip-version-check
    echo 'import this' | environment/bin/python -c 'import sys; print(len(sys.stdin.read()))'
}

engines() {
    local found=0
    if command -v luajit; then
        found=1
        luajit -e 'local sum = 0 for i = 1, 3e7 do sum = sum + i % 7 end print(sum)'
    fi
    if command -v node; then
        found=1
        node -e 'let sum = 0; const f = i => i % 7; for (let i = 0; i < 3e7; i++) sum += f(i); console.log(sum)'
    fi
    if command -v javac; then
        found=1
        mkdir classes
        javac -d classes "$here/Sum.java"
        java -cp classes Sum
    fi
    [ "$found" = 1 ]
}

server() {
    mkdir -p site/logs site/html
    echo page >site/html/index.html
    sed "s|FOLDER|$folder/site|" "$here/nginx.conf" >site/nginx.conf
    nginx -e "$folder/site/logs/error.log" -p "$folder/site" -c "$folder/site/nginx.conf" &
    /usr/bin/python3 "$here/visit.py" http://127.0.0.1:8080/ 100
    kill "$!"
    wait "$!"
}

packages() {
    dpkg -l >/dev/null
    dpkg -L libc6 >/dev/null
    dpkg --verify coreutils || true
    dpkg-query -W -f '${Package} ${Version}\n' | sort | awk '{ print $1 }' >packages
}

jobs_of_cron() {
    for round in 1 2 3; do
        /bin/sh -c "cd '$folder' && run-parts '$folder/jobs'"
    done
}

if [ "${2-}" = prepare ]; then
    prepare
    exit
fi
for part in compile repository environment engines server packages jobs_of_cron; do
    echo "== $part"
    "$part" </dev/null
done
