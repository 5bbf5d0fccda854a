%% A failed match at the end of some output, in a module with records and funs in the trace.
-module(exit_match).
-export([main/0]).

main() ->
    [io:format("~w ", [N]) || N <- lists:seq(1, 10)],
    io:nl(),
    timer:sleep(50),
    lists:foreach(fun(X) -> {ok, _} = check(X) end, [1, 2, 3]).

check(3) -> {error, {three, is, "too much"}};
check(X) -> {ok, X}.
