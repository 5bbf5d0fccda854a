%% Integers to text and back in every base, with every malformed input.
-module(num_convert).
-export([main/0]).

main() ->
    Ns = [0, 1, -1, 35, 36, -255, 123456789, 1 bsl 59, -(1 bsl 63), 1 bsl 64, -(1 bsl 130)],
    [io:format("~w: ~s~n", [N, lists:join(",", [integer_to_list(N, B) || B <- [2, 3, 8, 10, 16, 36]])])
     || N <- Ns],
    io:format("~p~n", [[list_to_integer(integer_to_list(N, B), B) =:= N || N <- Ns, B <- lists:seq(2, 36)]]),
    io:format("~p~n", [[binary_to_integer(integer_to_binary(N, B), B) =:= N || N <- Ns, B <- [2, 10, 16, 36]]]),
    Bad = ["", "-", "+", "1a", " 1", "1 ", "0x10", "--1", "1.0", "+-1"],
    [io:format("~p: ~p ~p~n", [S, try_(fun() -> list_to_integer(S) end),
                               try_(fun() -> binary_to_integer(list_to_binary(S)) end)]) || S <- Bad],
    io:format("~p~n", [[list_to_integer(S) || S <- ["+5", "-0", "007", "000000000000000000000000000001"]]]),
    io:format("~p~n", [try_(fun() -> list_to_integer("12", 37) end)]),
    io:format("~p~n", [try_(fun() -> list_to_integer("12", 1) end)]),
    io:format("~p~n", [try_(fun() -> integer_to_list(12, 99) end)]),
    io:format("~p~n", [try_(fun() -> integer_to_list(1.5) end)]),
    io:format("~p~n", [[string:to_integer(S) || S <- ["12abc", "-7", "+3 ", "x", ""]]]),
    io:format("~p~n", [[list_to_integer("ff", 16), list_to_integer("FF", 16), list_to_integer("-Zz", 36)]]),
    io:format("~.2B ~.8B ~.16B ~.16b ~.36B ~.16# ~.2#~n", [10, 64, 255, 255, 1295, 48879, 5]),
    io:format("~.10X|~.16x|~.16X~n", [5, "ten", 255, "0x", -255, "16#"]),
    io:format("~8B|~-8B|~8.16.0B|~.16.0B~n", [42, 42, 42, 42]),
    io:format("~p~n", [[integer_to_binary(N) || N <- [0, -5, 1 bsl 70]]]),
    io:format("~p~n", [lists:map(fun(D) -> D - $0 end, integer_to_list(9876543210))]),
    io:format("~p~n", [digits_sum(1 bsl 1000)]).

digits_sum(N) -> lists:sum([D - $0 || D <- integer_to_list(N)]).

try_(F) -> try F() catch C:R -> {C, R} end.
