%% No function clause matches: the trace has the arguments.
-module(exit_clause).
-export([main/0]).

main() ->
    timer:sleep(50),
    shape({square, 2}) + shape({hexagon, lists:seq(1, 30), <<"a binary of some length, which is long">>}).

shape({square, N}) -> N * N;
shape({circle, R}) -> 3.14159 * R * R.
