%% erlang:display/1: its own way of writing terms, which is not io's.
-module(io_display).
-export([main/0]).

main() ->
    [erlang:display(T) || T <- [1, -5, 1 bsl 70, 1.5, -0.0, 1.0e100, a, 'quoted atom', 'Up', '', [], [1, 2], [a | b], "string", [256, 1], {}, {a, {b}}, #{}, #{a => 1},
                                <<>>, <<"bin">>, <<1:3>>, <<200, 1>>, fun lists:map/2, [[]], ["ab", "cd"], {"x", <<"y">>}, lists:seq(1, 50), [$a, 10, $b], 'a\nb']].
