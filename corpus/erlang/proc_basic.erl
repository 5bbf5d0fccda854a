%% Spawning and talking: echo, counters, rings, trees of processes, messages of every type, order of arrival.
-module(proc_basic).
-export([main/0, echo/0, counter/1]).

main() ->
    E = spawn(?MODULE, echo, []),
    [begin E ! {self(), T}, receive {E, R} -> p(R) end end || T <- terms()],
    E ! stop,
    C = spawn(?MODULE, counter, [0]),
    [C ! add || _ <- lists:seq(1, 1000)],
    C ! {get, self()},
    receive {count, N} -> p(N) end,
    p(ring(50, 20)),
    p(tree(6)),
    p(pipeline([fun(X) -> X + 1 end, fun(X) -> X * 2 end, fun(X) -> {done, X} end], [1, 2, 3])),
    p(pmap(fun(X) -> X * X end, lists:seq(1, 40))),
    p(order(200)),
    p(self_messages()),
    p(sieve(22)),
    p(many(2000)),
    p(is_process_alive(self())), p(is_process_alive(E)),
    p([E ! gone, is_pid(E), node(E) =:= node(), E =:= E, E < C, is_pid(spawn(fun() -> ok end))]),
    p(spawned_apply()),
    p(message_queue()),
    p(send_to_dead()).

p(X) -> io:format("~w~n", [strip(X)]).
strip(L) when is_list(L) -> [strip(X) || X <- L];
strip(P) when is_pid(P) -> pid;
strip(F) when is_function(F, 1) -> F(1);
strip(X) -> X.

terms() -> [a, 1, 1 bsl 100, 1.5, "str", {t, {u}}, [], #{a => [1], 2 => {b}}, <<"bin">>, <<5:3>>, fun(X) -> X + 100 end, list_to_binary(lists:duplicate(200, $x)), maps:from_list([{K, K} || K <- lists:seq(1, 40)]) =:= #{}].

echo() -> receive stop -> ok; {From, T} -> From ! {self(), T}, echo() end.

counter(N) -> receive add -> counter(N + 1); {get, P} -> P ! {count, N} end.

ring(N, Rounds) ->
    Last = lists:foldl(fun(_, Next) -> spawn(fun() -> forward(Next) end) end, self(), lists:seq(1, N)),
    ring_loop(Last, Rounds, 0).
ring_loop(First, 0, Hops) -> First ! stop, receive stop -> Hops end;
ring_loop(First, R, Hops) -> First ! {token, Hops}, receive {token, H} -> ring_loop(First, R - 1, H) end.
forward(Next) -> receive {token, H} -> Next ! {token, H + 1}, forward(Next); stop -> Next ! stop end.

tree(0) -> 1;
tree(D) ->
    Me = self(),
    [spawn(fun() -> Me ! {sum, tree(D - 1)} end) || _ <- [l, r]],
    1 + receive {sum, A} -> A end + receive {sum, B} -> B end.

pipeline(Fs, Inputs) ->
    Me = self(),
    First = lists:foldr(fun(F, Next) -> spawn(fun() -> stage(F, Next) end) end, Me, Fs),
    [First ! {item, I} || I <- Inputs],
    [receive {item, R} -> R end || _ <- Inputs].
stage(F, Next) -> receive {item, I} -> Next ! {item, F(I)}, stage(F, Next) end.

pmap(F, L) ->
    Me = self(),
    Refs = [begin R = make_ref(), spawn(fun() -> Me ! {R, F(X)} end), R end || X <- L],
    [receive {R, V} -> V end || R <- Refs].

%% Messages from one process arrive in the order they were sent.
order(N) ->
    Me = self(),
    spawn(fun() -> [Me ! {n, I} || I <- lists:seq(1, N)] end),
    [receive {n, X} -> X end || _ <- lists:seq(1, N)] =:= lists:seq(1, N).

self_messages() -> self() ! 1, self() ! 2, self() ! 3, [receive X -> X end || _ <- "abc"].

sieve(N) -> Me = self(), P = spawn(fun() -> filter(Me) end), [P ! I || I <- lists:seq(2, 80)], [receive {prime, X} -> X end || _ <- lists:seq(1, N)].
filter(Out) -> receive P -> Out ! {prime, P}, filter(P, undefined, Out) end.
filter(P, Next, Out) ->
    receive
        X when X rem P =:= 0 -> filter(P, Next, Out);
        X when Next =:= undefined -> New = spawn(fun() -> filter(Out) end), New ! X, filter(P, New, Out);
        X -> Next ! X, filter(P, Next, Out)
    end.

many(N) -> Me = self(), [spawn(fun() -> Me ! {me, I} end) || I <- lists:seq(1, N)], lists:sum([receive {me, I} -> I end || _ <- lists:seq(1, N)]).

spawned_apply() -> P = self(), spawn(erlang, send, [P, via_erlang_send]), receive X -> X end.

message_queue() ->
    [self() ! X || X <- [a, b, c]],
    {messages, M} = process_info(self(), messages), {message_queue_len, L} = process_info(self(), message_queue_len),
    [receive Y -> Y end || _ <- M], {M, L}.

send_to_dead() -> {P, R} = spawn_monitor(fun() -> ok end), receive {'DOWN', R, _, _, _} -> P ! hello end.
