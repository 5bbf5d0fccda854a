%% Type tests, comparisons and boolean operators: as guards, as values, through apply, in every combination.
-module(fun_tests).
-export([main/0]).

main() ->
    Ts = terms(),
    [io:format("~w ~w~n", [strip(T), tests(T)]) || T <- Ts],
    [io:format("~w~n", [[kind(T) || T <- Ts]])],
    Bs = [true, false],
    io:format("~w~n", [[{A and B, A or B, A xor B, not A, A andalso B, A orelse B} || A <- Bs, B <- Bs]]),
    io:format("~w~n", [[lazy(A, B) || A <- [true, false, other], B <- [true, false, other]]]),
    io:format("~w~n", [[strict(F, A, B) || F <- ['and', 'or', 'xor'], A <- [true, 1], B <- [false, x]]]),
    io:format("~w~n", [[apply(erlang, Op, [2, 2.0]) || Op <- ['==', '=:=', '/=', '=/=', '<', '>', '=<', '>=']]]),
    io:format("~w~n", [[guards(A, B) || A <- [1, 1.0, a, [1]], B <- [1, 1.0, b, [1.0]]]]),
    io:format("~w~n", [[unequal(A, B) || A <- [1, 1.0, a], B <- [1, 2, a, [a]]]]),
    io:format("~w~n", [[if_(X) || X <- [0, 1, 5, 50, a]]]),
    io:format("~w~n", [[size_guard(X) || X <- [{}, {1, 2}, <<1, 2, 3>>, <<1:4>>, #{a => 1}, [1, 2], a]]]),
    io:format("~w~n", [[arith(X) || X <- [1, 2.5, a, -7, 1 bsl 70]]]),
    io:format("~w~n", [select([a, b, c, d, 1, 2, 3, 1000000, 1.0, "x", {a}, {a, b}, {a, b, c}])]),
    io:format("~w~n", [[io:printable_range(), spawn_request_abandon(make_ref()), unicode:bin_is_7bit(<<"abc">>), unicode:bin_is_7bit(<<200>>), file:native_name_encoding() =/= x]]).

terms() -> [1, -1, 1 bsl 80, 1.5, a, true, [], [1], [a | b], "s", {}, {a}, #{}, #{a => 1}, <<>>, <<1>>, <<1:3>>, fun lists:map/2, fun(_) -> ok end, self(), make_ref()].
strip(T) when is_pid(T); is_reference(T); is_function(T) -> opaque;
strip(T) -> T.

tests(T) ->
    [F || {F, true} <- [{is_atom, is_atom(T)}, {is_binary, is_binary(T)}, {is_bitstring, is_bitstring(T)}, {is_boolean, is_boolean(T)}, {is_float, is_float(T)}, {is_function, is_function(T)}, {is_function1, is_function(T, 1)}, {is_function2, is_function(T, 2)},
                        {is_integer, is_integer(T)}, {is_list, is_list(T)}, {is_map, is_map(T)}, {is_number, is_number(T)}, {is_pid, is_pid(T)}, {is_port, is_port(T)}, {is_reference, is_reference(T)}, {is_tuple, is_tuple(T)}]]
    =:= [F || F <- [is_atom, is_binary, is_bitstring, is_boolean, is_float, is_function], apply(erlang, F, [T])] ++ [is_function1 || apply(erlang, is_function, [T, 1])] ++ [is_function2 || erlang:is_function(T, 2)]
        ++ [F || F <- [is_integer, is_list, is_map, is_number, is_pid, is_port, is_reference, is_tuple], erlang:F(T)].

kind(T) when is_boolean(T) -> boolean;
kind(T) when is_atom(T) -> atom;
kind(T) when is_integer(T), T > 1 bsl 60 -> big;
kind(T) when is_integer(T) -> integer;
kind(T) when is_number(T) -> number;
kind(T) when is_function(T, 1) -> function1;
kind(T) when is_function(T) -> function;
kind(T) when is_binary(T), byte_size(T) > 0 -> binary;
kind(T) when is_bitstring(T), bit_size(T) rem 8 =/= 0 -> bits;
kind(T) when is_list(T), length(T) > 0 -> list;
kind([_ | _]) -> improper;
kind(T) when is_tuple(T), tuple_size(T) > 0 -> tuple;
kind(T) when is_map(T), map_size(T) > 0 -> map;
kind(T) when is_pid(T); is_reference(T); is_port(T) -> identifier;
kind(_) -> empty.

lazy(A, B) -> {try A andalso B catch error:R1 -> R1 end, try A orelse B catch error:R2 -> R2 end}.
strict(F, A, B) -> try apply(erlang, F, [A, B]) catch error:R -> R end.
guards(A, B) when A =:= B -> same;
guards(A, B) when A == B, A < B orelse is_number(A) -> equal;
guards(A, B) when A /= B, (A > B) and is_integer(B) -> above;
guards(A, B) when not (A < B) -> not_below;
guards(A, B) when A =/= B; B >= A -> other.
unequal(A, B) when A /= B -> {A, B};
unequal(A, _) -> A.
if_(X) -> if X =:= 0 -> zero; X < 3 -> small; X >= 3, X =< 10 -> middle; is_integer(X) -> large; true -> none end.
size_guard(X) when tuple_size(X) =:= 2; map_size(X) =:= 1 -> sized;
size_guard(X) when byte_size(X) > 2 -> bytes;
size_guard(X) when bit_size(X) < 8; length(X) > 1 -> short;
size_guard(_) -> none.
arith(X) when X + 1 > 3, X * 2 < 100 -> {a, abs(X)};
arith(X) when X rem 2 =:= -1; X div 3 =:= 0 -> b;
arith(X) when trunc(X) bsr 60 > 1 -> c;
arith(X) when is_atom(X), hd([X]) =:= a -> d;
arith(_) -> e.
select(L) -> [case X of a -> 1; b -> 2; c -> 3; d -> 4; 1 -> one; 2 -> two; 3 -> three; 1000000 -> million; 1.0 -> float; {_} -> t1; {_, _} -> t2; {_, _, _} -> t3; _ -> none end || X <- L].
