%% A throw which nobody catches becomes an error {nocatch, Term}.
-module(exit_throw).
-export([main/0]).

main() ->
    io:format("before~n"),
    timer:sleep(50),
    throw({ball, [1, 2, 3], #{key => <<"value">>}, "string", 1.5}).
