%% exit/1 in the main process.
-module(exit_exit).
-export([main/0]).

main() ->
    io:format("before~n"),
    timer:sleep(50),
    exit({shutdown, {deep, {term, {which, {is, {cut, {when_, {printed, [a, b, c, d, e, f, g, h, i, j, k, l, m, n]}}}}}}}}).
