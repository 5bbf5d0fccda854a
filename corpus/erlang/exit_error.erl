%% An error which nobody catches: what is printed, and exit status 1.
-module(exit_error).
-export([main/0]).

main() ->
    io:format("before~n"),
    timer:sleep(50), % what follows goes to the same place by another way
    lists:sum([1, 2, outer(list_to_atom("three"))]).

outer(X) -> inner(X) + 1.

inner(X) ->
    X * 2.
