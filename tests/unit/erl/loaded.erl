%% What check_load.c loads, reloads and purges.
-module(loaded).
-export([version/0, place/1, adder/1]).

version() -> 1.

place(X) ->
    Y = inner(X),
    Y + 1.

inner(X) -> X * 2.

adder(N) -> fun(X) -> X + N end.
