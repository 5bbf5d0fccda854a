%% Selective receive: skipping, priorities, nested receives, references as markers, after 0, big queues.
-module(proc_select).
-export([main/0]).

main() ->
    fill(), p([receive c -> c end, receive a -> a end, flush()]),
    fill(), p([receive {N, X} when N > 1 -> {N, X} end, flush()]),
    fill(), p([receive {_, X} -> X end, receive L when is_list(L) -> L end, flush()]),
    p(priority()), p([receive nothing -> x after 0 -> timeout end]),
    fill(), p([receive nothing -> x after 0 -> timeout end, flush()]),
    p(nested()), p(rpc(200)), p(deep_queue(5000)), p(buffer(7)), p(match_bound(42)), p(scan_after_timeout()),
    p(bits()), p(maps_()), p(order()), p(merge_sort_messages()), p(late()), p(in_fun()), p(loop_rec(1000)), p(guard_fails()).

p(X) -> io:format("~w~n", [X]).

fill() -> [self() ! M || M <- [a, {1, x}, b, {2, y}, c, [l], {3, z}]].
flush() -> receive X -> [X | flush()] after 0 -> [] end.

priority() ->
    [self() ! M || M <- [{low, 1}, {high, 1}, {low, 2}, {high, 2}, {mid, 1}]],
    take().
take() -> receive {high, N} -> [{high, N} | take()] after 0 -> receive {mid, N} -> [{mid, N} | take()] after 0 -> receive {low, N} -> [{low, N} | take()] after 0 -> [] end end end.

nested() ->
    [self() ! M || M <- [outer2, inner2, inner1, outer1]],
    receive outer1 -> A = receive inner1 -> receive inner2 -> in_both end end, receive outer2 -> {A, done} end end.

%% Every call waits for its own reference; the queue is full of other things.
rpc(N) ->
    S = spawn(fun server/0),
    [self() ! {noise, I} || I <- lists:seq(1, N)],
    R = [call(S, I) || I <- lists:seq(1, N)],
    S ! stop,
    {lists:sum(R), length(flush())}.
call(S, Q) -> Ref = make_ref(), S ! {Ref, self(), Q}, receive {Ref, A} -> A end.
server() -> receive {Ref, P, Q} -> P ! {Ref, Q * 2}, server(); stop -> ok end.

deep_queue(N) ->
    [self() ! {n, I} || I <- lists:seq(1, N)], self() ! last,
    receive last -> ok end,
    lists:sum([receive {n, I} -> I end || _ <- lists:seq(1, N)]).

%% A bounded buffer which refuses to take while full and to give while empty.
buffer(N) ->
    B = spawn(fun() -> buf([], 3) end), Me = self(),
    spawn(fun() -> [begin B ! {put, self(), I}, receive {B, ok} -> ok end end || I <- lists:seq(1, N)] end),
    spawn(fun() -> Me ! {got, [begin B ! {get, self()}, receive {B, V} -> V end end || _ <- lists:seq(1, N)]} end),
    receive {got, L} -> B ! stop, L end.
buf(Q, Max) ->
    receive
        {put, P, X} when length(Q) < Max -> P ! {self(), ok}, buf(Q ++ [X], Max);
        {get, P} when Q =/= [] -> P ! {self(), hd(Q)}, buf(tl(Q), Max);
        stop -> ok
    end.

match_bound(X) -> self() ! {X + 1, no}, self() ! {X, yes}, R = receive {X, Y} -> Y end, {R, flush()}.

scan_after_timeout() -> self() ! a, receive b -> b after 5 -> self() ! b, receive b -> {late, flush()} end end.
bits() -> [self() ! B || B <- [<<1, 2>>, <<3:4>>, <<"GET ">>]], [receive <<"GET", R/binary>> -> R end, receive <<N:4>> -> N end, flush()].
maps_() -> self() ! #{type => b, v => 1}, self() ! #{type => a, v => 2}, [receive #{type := a, v := V} -> V end, flush()].
order() -> [self() ! {I rem 3, I} || I <- lists:seq(1, 9)], [[receive {K, I} -> I end || _ <- "abc"] || K <- [2, 0, 1]].

merge_sort_messages() ->
    Me = self(), Ps = [spawn(fun() -> [Me ! {I, X} || X <- lists:seq(I, 30, 3)], Me ! {I, end_} end) || I <- [1, 2, 3]],
    Ls = [stream(I) || I <- [3, 1, 2]], {length(Ps), lists:merge(Ls)}.
stream(I) -> receive {I, end_} -> []; {I, X} -> [X | stream(I)] end.

late() -> Me = self(), spawn(fun() -> Me ! early, receive after 20 -> Me ! wanted end end), receive wanted -> flush() end.
in_fun() -> F = fun(Pat) -> receive {Pat, V} -> V after 0 -> none end end, self() ! {k, 1}, [F(z), F(k), F(k)].

%% One message in a long queue, again and again.
loop_rec(0) -> length(flush());
loop_rec(N) -> self() ! {keep, N}, self() ! {take, N}, receive {take, N} -> loop_rec(N - 1) end.

guard_fails() -> self() ! {x, a}, self() ! {x, 5}, [receive {x, N} when N > 3, N + 1 > 0, is_integer(N) -> N end, receive {x, M} when hd(M) =:= 1 -> M; {x, M} -> {other, M} end].
