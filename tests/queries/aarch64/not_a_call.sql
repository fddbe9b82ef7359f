-- A number that no table has.
SELECT comm, syscall, number, ret, arg0, arg1, arg2 FROM unknown_syscall;
