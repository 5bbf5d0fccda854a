%% Programs that make much garbage while keeping something: nothing kept may change, whatever the collector moves.
-module(mem_garbage).
-export([main/0]).

main() ->
    p(churn(200, lists:seq(1, 100), [])), p(old_and_new(300)), p(tuples(2000)), p(binaries(500)), p(funs(1000)), p(maps_(3000)), p(stack(5000)), p(processes(50)), p(dictionary(500)), p(messages(200)), p(strings(2000)), p(bignums(400)), p(exceptions(500)), p(forced()), p(floats(20000)), p(ets(300)), p(life(30)).

p(X) -> io:format("~w~n", [X]).

churn(0, Keep, Acc) -> {lists:sum(Keep), length(Acc), erlang:phash2(Acc)};
churn(N, Keep, Acc) -> _ = lists:seq(1, 5000), churn(N - 1, Keep, [lists:nth(N rem 100 + 1, Keep) | Acc]).

old_and_new(N) -> old_and_new(N, [], {none}).
old_and_new(0, L, T) -> {erlang:phash2(L), size_of(T, 0)};
old_and_new(N, L, T) -> _ = [X * X || X <- lists:seq(1, 500)], old_and_new(N - 1, [{N, lists:seq(1, N rem 7)} | L], {T, N}).
size_of({none}, N) -> N;
size_of({T, _}, N) -> size_of(T, N + 1).

tuples(N) -> T = lists:foldl(fun(I, A) -> setelement(I rem 20 + 1, A, {I, element((I * 7) rem 20 + 1, A) =:= 0}) end, erlang:make_tuple(20, 0), lists:seq(1, N)), erlang:phash2(T).
binaries(N) -> {B, L} = lists:foldl(fun(I, {A, K}) -> C = <<A/binary, I:32, (list_to_binary(lists:duplicate(I rem 50, I band 255)))/binary>>, {C, [binary:part(C, byte_size(C), -4) | K]} end, {<<>>, []}, lists:seq(1, N)), {byte_size(B), erlang:crc32(B), erlang:phash2(L)}.
funs(N) -> Fs = [begin T = {I, lists:seq(1, I rem 10)}, fun(X) -> {X, T} end end || I <- lists:seq(1, N)], _ = lists:seq(1, 100000), erlang:phash2([F(x) || F <- Fs]).
maps_(N) -> M = lists:foldl(fun(I, A) -> A#{I rem 97 => [I | maps:get(I rem 97, A, [])], {k, I rem 13} => I} end, #{}, lists:seq(1, N)), {map_size(M), erlang:phash2(M)}.
stack(0) -> 0;
stack(N) -> T = {N, [N, N + 1]}, S = stack(N - 1), {A, [B, C]} = T, (S + A + B * C) band 16#FFFFFF.
processes(N) -> Me = self(), Ps = [spawn(fun() -> Me ! {self(), old_and_new(50 + I)} end) || I <- lists:seq(1, N)], erlang:phash2([receive {P, R} -> R end || P <- Ps]).
dictionary(N) -> [begin put({k, I}, lists:seq(1, I rem 20)), _ = lists:seq(1, 300), case I rem 3 of 0 -> erase({k, I div 2}); _ -> ok end end || I <- lists:seq(1, N)], L = lists:sort(get()), erase(), erlang:phash2([X || {{k, _}, _} = X <- L]).
messages(N) -> Me = self(), P = spawn(fun() -> server(0) end), [begin P ! {Me, {I, lists:seq(1, I), <<I:64>>, #{i => I}}}, _ = lists:seq(1, 1000) end || I <- lists:seq(1, N)], L = [receive {r, X} -> X end || _ <- lists:seq(1, N)], P ! stop, erlang:phash2(L).
server(N) -> receive {P, X} -> _ = lists:seq(1, 500), P ! {r, {N, X}}, server(N + 1); stop -> ok end.
strings(N) -> length(lists:flatten([io_lib:format("~p ~s ~w~n", [{I, a}, integer_to_list(I), [I]]) || I <- lists:seq(1, N)])).
bignums(N) -> lists:foldl(fun(I, A) -> (A * (1 bsl (I rem 200)) + I) rem ((1 bsl 521) - 1) end, 1, lists:seq(1, N)) rem 1000000007.
exceptions(N) -> lists:sum([try _ = lists:seq(1, 200), throw({I, lists:seq(1, I rem 30)}) catch {J, L} -> J + length(L) end || I <- lists:seq(1, N)]).
forced() -> L = [{I, integer_to_binary(I)} || I <- lists:seq(1, 100)], [erlang:garbage_collect() || _ <- lists:seq(1, 30)], erlang:phash2(L).
floats(N) -> trunc(lists:foldl(fun(I, A) -> A * 0.999 + I / 3 end, 0.0, lists:seq(1, N))).
ets(N) -> T = ets:new(t, []), [begin ets:insert(T, {I, lists:seq(1, I rem 50), <<I:500>>}), _ = ets:lookup(T, I div 2) end || I <- lists:seq(1, N)], R = erlang:phash2(lists:sort(ets:tab2list(T))), ets:delete(T), R.
life(N) -> erlang:phash2(lists:foldl(fun(_, C) -> step(C) end, [{1, 0}, {2, 1}, {0, 2}, {1, 2}, {2, 2}, {10, 10}, {11, 10}, {12, 10}, {11, 11}], lists:seq(1, N))).
step(Cells) -> Near = lists:sort([{X + A, Y + B} || {X, Y} <- Cells, A <- [-1, 0, 1], B <- [-1, 0, 1], {A, B} =/= {0, 0}]), [C || {C, K} <- runs(Near), K =:= 3 orelse (K =:= 2 andalso lists:member(C, Cells))].
runs([]) -> [];
runs([H | T]) -> {Same, Rest} = lists:splitwith(fun(X) -> X =:= H end, T), [{H, 1 + length(Same)} | runs(Rest)].
