%% Registered names and the process dictionary.
-module(proc_names).
-export([main/0]).

main() ->
    P = spawn(fun Loop() -> receive {From, X} -> From ! {reply, X}, Loop(); stop -> ok end end),
    p(register(server, P)),
    p([whereis(server) =:= P, whereis(nobody), lists:member(server, registered()), process_info(P, registered_name), process_info(self(), registered_name)]),
    server ! {self(), hi}, p(receive {reply, X} -> X end),
    {server, node()} ! {self(), via_node}, p(receive {reply, Y} -> Y end),
    p([refuse(fun() -> register(server, self()) end), refuse(fun() -> register(other, P) end), refuse(fun() -> register(undefined, self()) end),
       refuse(fun() -> register(id("x"), self()) end), refuse(fun() -> unregister(nobody) end), refuse(fun() -> nobody ! x end), refuse(fun() -> register(x, id(5)) end)]),
    p([erlang:send(server, {self(), s1}), erlang:send(server, {self(), s2}, [noconnect, nosuspend])] -- [x, ok]),
    p([receive {reply, Z} -> Z end || _ <- "ab"]),
    p(catch erlang:send(nobody_at_all, m, [])),
    p(unregister(server)), p(whereis(server)),
    register(server, P), server ! stop, timer:sleep(20), p(whereis(server)),
    register(me, self()), me ! loop, p(receive loop -> looped end), unregister(me),
    p(reuse(30)), dictionary(), p(inherited()).

p(X) -> io:format("~p~n", [clean(X)]).
clean(L) when is_list(L) -> [clean(X) || X <- L];
clean({_, X}) when is_pid(X) -> {to, pid};
clean({P, X}) when is_pid(P) -> {pid, X};
clean(X) -> X.

reuse(0) -> done;
reuse(N) -> {P, R} = spawn_monitor(fun() -> receive go -> ok end end), register(again, P), again ! go, receive {'DOWN', R, _, _, _} -> reuse(N - 1) end.

dictionary() ->
    p([put(a, 1), put(a, 2), get(a), get(zz), put({t, 1}, x), get({t, 1}), put(1, int), put(1.0, float), get(1), get(1.0)]),
    p([K || K <- [1, 1.0, a, {t, 1}], lists:member(K, [Key || {Key, _} <- get()])]),
    p([lists:sort(get_keys(2)), get_keys(int), erase(a), erase(a), get(a)]),
    [put({k, N}, N * N) || N <- lists:seq(1, 500)],
    p([get({k, 250}), length([K || {{k, K}, _} <- get()]), lists:sum([erase({k, N}) || N <- lists:seq(1, 500, 2)]), length([K || {k, K} <- get_keys()])]),
    p(get({k, 251})), p(get({k, 252})),
    [put(big, lists:seq(1, N)) || N <- [10, 100, 1000]], erlang:garbage_collect(), p(length(get(big))),
    {dictionary, D} = process_info(self(), dictionary), p(length(D) =:= length(get())),
    erase(), p(get()).

inherited() -> put(secret, 1), Me = self(), spawn(fun() -> Me ! {child, get(secret), get()} end), receive {child, A, B} -> {A, B} end.

refuse(F) -> try F() catch C:R -> {C, R} end.
id(X) -> X.
