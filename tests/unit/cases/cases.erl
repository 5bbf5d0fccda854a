%% What the unit tests of processes run. Each function prints by erlang:display/1 and returns.
-module(cases).
-compile(nowarn_deprecated_function).
-export([priorities/0, low_priority/0, spinners/0, order/0, forever/0]).
-export([timers/0, receive_after/0, cancelled/0]).
-export([selective/0, marked/0, flood/0]).
-export([exits/0, links/0, monitors/0, named_monitors/0, aliases/0, demonitors/0]).
-export([spawns/0, suspended/0, hibernation/0, dictionary/0, registered_names/0]).
-export([busy/0, queue/0, taker/0, chain/0, crash/0]).
-export([everything/0, spawn_many/0, crowd/0, skipper/0, arguments/0]).
-export([woken/1, count/1]).

show(Term) -> erlang:display(Term).
why(Fun) -> show(try Fun() catch Class:Reason -> {Class, Reason} end).

%% ---- scheduling

priorities() ->
    Self = self(),
    process_flag(priority, max),
    [spawn_opt(fun() -> Self ! Name end, [{priority, Name}]) || Name <- [low, normal, high]],
    show(collect(3)).

low_priority() ->
    Self = self(),
    process_flag(priority, high),
    [spawn_opt(fun() -> Self ! P end, [{priority, P}]) || P <- [low, low | lists:duplicate(20, normal)]],
    show(collect(22)).

collect(0) -> [];
collect(N) -> receive X -> [X | collect(N - 1)] end.

%% Two that never wait: their turns alternate, so neither is far ahead.
spinners() ->
    Self = self(),
    [spawn(fun() -> count(100000), Self ! {done, I, element(2, process_info(self(), reductions)) > 100000} end)
     || I <- [1, 2, 3]],
    show(collect(3)).

count(0) -> ok;
count(N) -> count(N - 1).

order() ->
    Self = self(),
    [spawn(fun() -> Self ! I end) || I <- lists:seq(1, 20)],
    show(collect(20)).

forever() -> forever().

%% ---- time

timers() ->
    erlang:send_after(30, self(), third),
    erlang:start_timer(10, self(), first),
    erlang:send_after(10, self(), second),
    register(somebody, self()),
    erlang:send_after(40, somebody, by_name),
    At = erlang:monotonic_time(millisecond) + 50,
    erlang:send_after(At, self(), absolute, [{abs, true}]),
    show([case X of {timeout, R, M} when is_reference(R) -> {timeout, M}; _ -> X end || X <- collect(5)]).

receive_after() ->
    Self = self(),
    spawn(fun() -> nap(5), Self ! other, nap(20), Self ! late end),
    Start = erlang:monotonic_time(millisecond),
    show(receive wanted -> wanted after 10 -> timeout end),
    show(erlang:monotonic_time(millisecond) - Start),
    show(receive late -> late after infinity -> never end),
    show(receive other -> other after 0 -> nothing end),
    show(receive other -> other after 0 -> nothing end),
    why(fun() -> receive x -> x after foo -> nothing end end).

nap(Ms) -> receive after Ms -> ok end.

cancelled() ->
    R = erlang:send_after(1000, self(), never),
    nap(400),
    show(erlang:read_timer(R)),
    show(erlang:cancel_timer(R)),
    show(erlang:cancel_timer(R)),
    P = spawn(fun() -> receive stop -> ok end end),
    R2 = erlang:start_timer(1000, P, x),
    P ! stop,
    nap(1),
    show(erlang:read_timer(R2)),
    R3 = erlang:send_after(5, self(), x),
    ok = erlang:cancel_timer(R3, [{async, true}]),
    show(receive {cancel_timer, R3, Left} -> Left end),
    nap(10),
    show(process_info(self(), message_queue_len)).

%% ---- mailboxes

selective() ->
    [self() ! X || X <- [a, {b, 1}, c, {b, 2}, d]],
    show(receive {b, N} -> N end),
    show(receive d -> d end),
    show(receive {b, N2} -> N2 end),
    show(process_info(self(), messages)),
    show(receive nothing -> ok after 0 -> none end),
    self() ! e,
    show(receive e -> e end),
    show([receive X -> X end || _ <- [1, 2]]),
    show(process_info(self(), message_queue_len)).

%% Calls with a reference made after the queue was long: what the markers are for.
marked() ->
    [self() ! {noise, I} || I <- lists:seq(1, 200)],
    Server = spawn(fun Loop() -> receive {call, From, Ref, X} -> From ! {Ref, X * 2}, Loop(); stop -> ok end end),
    show(lists:sum([call(Server, I) || I <- lists:seq(1, 50)])),
    Server ! stop,
    {P, M} = spawn_monitor(fun() -> exit(done) end),
    show(receive {'DOWN', M, process, P, Why} -> Why end),
    show(process_info(self(), message_queue_len)),
    show(lists:sum([I || {noise, I} <- collect(200)])).

call(Server, X) ->
    Ref = make_ref(),
    Server ! {call, self(), Ref, X},
    receive {Ref, Y} -> Y end.

flood() ->
    [self() ! {I, lists:seq(1, I rem 10)} || I <- lists:seq(1, 20000)],
    garbage_collect(),
    show(lists:sum([length(L) || {_, L} <- collect(20000)])).

%% ---- signals

wait() -> receive stop -> ok; {stop, R} -> exit(R) end.

reason({P, M}) -> receive {'DOWN', M, process, P, R} -> R end.

trapping() ->
    spawn_monitor(fun() -> process_flag(trap_exit, true), got() end).
got() -> receive M -> exit({got, M}) end.

exits() ->
    Self = self(),
    Kill = fun(R) -> W = {P, _} = spawn_monitor(fun wait/0), exit(P, R), W end,
    show(reason(Kill(oops))),
    show(reason(Kill(kill))),
    W = {P, _} = Kill(normal),
    show(is_process_alive(P)),
    exit(P, shutdown),
    show(is_process_alive(P)),
    show(reason(W)),
    T = {TP, _} = trapping(),
    nap(1),
    exit(TP, normal),
    show(reason(T) =:= {got, {'EXIT', Self, normal}}),
    T2 = {TP2, _} = trapping(),
    nap(1),
    exit(TP2, kill),
    show(reason(T2)),
    show(reason(spawn_monitor(fun() -> exit(self(), normal), nap(10), exit(still_here) end))),
    show(reason(spawn_monitor(fun() -> exit(kill) end))),
    show(reason(spawn_monitor(fun() -> process_flag(trap_exit, true), exit(self(), me), exit(got()) end)) =/= me).

links() ->
    Self = self(),
    process_flag(trap_exit, true),
    A = spawn_link(fun wait/0),
    A ! {stop, bye},
    show(receive {'EXIT', A, R1} -> R1 end),
    B = spawn_link(fun wait/0),
    unlink(B),
    B ! {stop, bye},
    nap(1),
    show(receive {'EXIT', B, _} -> wrong after 0 -> unlinked end),
    %% A chain: the middle one dies of its link, and so does the one behind it.
    {Last, M} = spawn_monitor(fun wait/0),
    Middle = spawn(fun() -> link(Last), Self ! ready, wait() end),
    receive ready -> ok end,
    link(Middle),
    Middle ! {stop, broken},
    show(receive {'EXIT', Middle, R2} -> R2 end),
    show(reason({Last, M})),
    link(Last),
    show(receive {'EXIT', Last, R3} -> R3 end),
    %% Killed by a link is not killed by kill.
    {C, MC} = spawn_monitor(fun() -> link(spawn(fun() -> exit(kill) end)), wait() end),
    show(reason({C, MC})),
    {D, MD} = spawn_opt(fun wait/0, [link, monitor]),
    D ! stop,
    show(case collect(2) of [{'EXIT', D, normal}, {'DOWN', MD, process, D, normal}] -> exit_then_down; O -> O end),
    E = spawn_link(fun wait/0),
    link(E),
    unlink(E),
    show({links, lists:member(E, element(2, process_info(self(), links)))}),
    exit(E, kill).

monitors() ->
    W = {P, M} = spawn_monitor(fun wait/0),
    M2 = monitor(process, P),
    show(length(element(2, process_info(P, monitored_by)))),
    show(element(2, process_info(self(), monitors)) =:= [{process, P}, {process, P}]),
    P ! stop,
    show(reason(W)),
    show(receive {'DOWN', X, process, P, normal} when X =:= M2 -> second; O -> O end),
    M3 = monitor(process, P),
    show(receive {'DOWN', M3, process, P, R} -> R end),
    show(is_reference(monitor(process, self()))),
    {_, M4} = spawn_opt(fun() -> exit(tagged) end, [{monitor, [{tag, {my, tag}}]}]),
    show(receive {{my, tag}, M4, process, _, R4} -> R4 end),
    why(fun() -> monitor(process, {a, 'b@c'}) end),
    why(fun() -> monitor(foo, self()) end),
    why(fun() -> erlang:demonitor(M) end).

named_monitors() ->
    P = spawn(fun wait/0),
    register(bob, P),
    M = monitor(process, bob),
    M2 = monitor(process, {bob, node()}),
    P ! {stop, bye},
    show([{Who, R} || {'DOWN', Ref, process, Who, R} <- collect(2), Ref =:= M orelse Ref =:= M2]),
    monitor(process, bob),
    show([{Who, R} || {'DOWN', _, process, Who, R} <- collect(1)]),
    show(whereis(bob)).

aliases() ->
    A = alias(),
    A ! one,
    show(collect(1)),
    show(unalias(A)),
    show(unalias(A)),
    A ! two,
    show(process_info(self(), messages)),
    B = alias([reply]),
    B ! one,
    B ! two,
    show(process_info(self(), messages)),
    collect(1),
    {P, _} = spawn_monitor(fun wait/0),
    M = monitor(process, P, [{alias, demonitor}]),
    M ! hello,
    show(collect(1)),
    demonitor(M),
    M ! gone,
    show(process_info(self(), messages)),
    M2 = monitor(process, P, [{alias, reply_demonitor}]),
    M2 ! {M2, reply},
    M2 ! {M2, too_late},
    P ! stop,
    nap(1),
    show([case X of {M2, Y} -> Y; {'DOWN', M2, _, _, _} -> wrong; {'DOWN', _, _, _, R} -> R end || X <- collect(2)]),
    M3 = monitor(process, P, [{alias, explicit_unalias}]),
    show(receive {'DOWN', M3, _, _, R3} -> R3 end),
    M3 ! still,
    show(collect(1)),
    show(process_info(self(), message_queue_len)).

demonitors() ->
    {P, M} = spawn_monitor(fun wait/0),
    show(demonitor(M, [info])),
    show(demonitor(M, [info])),
    M2 = monitor(process, P),
    exit(P, kill),
    nap(1),
    show(demonitor(M2, [flush, info])),
    show(process_info(self(), message_queue_len)),
    M3 = monitor(process, P),
    nap(1),
    show(demonitor(M3)),
    show(process_info(self(), message_queue_len)),
    why(fun() -> demonitor(M3, [foo]) end).

%% ---- processes

spawns() ->
    Self = self(),
    Id = spawn_request(fun() -> Self ! {child, self()} end, [monitor, {reply_tag, mine}]),
    show([case X of {mine, Id, ok, P} when is_pid(P) -> reply; {child, P} when is_pid(P) -> child;
              {'DOWN', Id, process, _, R} -> R end || X <- collect(3)]),
    why(fun() -> spawn_opt(fun wait/0, [foo]) end),
    show(is_pid(spawn(lists, reverse, [[1]]))),
    P = spawn_opt(fun wait/0, [{min_heap_size, 1000}, {priority, low}, {fullsweep_after, 0}]),
    show(process_info(P, [priority, trap_exit, group_leader]) =:=
         [{priority, low}, {trap_exit, false}, {group_leader, group_leader()}]),
    show(element(2, process_info(P, total_heap_size)) >= 1000),
    exit(P, kill),
    {Q, M} = spawn_monitor(cases, undefined_function, [x]),
    show(receive {'DOWN', M, process, Q, {undef, [{cases, undefined_function, [x], []} | _]}} -> undef end).

suspended() ->
    Self = self(),
    P = spawn(fun Loop() -> receive X -> Self ! {got, X}, Loop() end end),
    erlang:suspend_process(P),
    show(erlang:suspend_process(P, [unless_suspending])),
    P ! a,
    show(process_info(P, status)),
    nap(1),
    show(process_info(self(), message_queue_len)),
    erlang:resume_process(P),
    show(collect(1)),
    %% Whoever suspended it dies: it goes on.
    spawn(fun() -> erlang:suspend_process(P), P ! b, Self ! suspended end),
    show(collect(2)),
    exit(P, kill),
    why(fun() -> erlang:resume_process(P) end).

hibernation() ->
    Self = self(),
    P = spawn(fun() -> put(kept, yes), _ = lists:seq(1, 1000), erlang:hibernate(?MODULE, woken, [Self]) end),
    nap(1),
    show(process_info(P, [status, current_function, message_queue_len])),
    P ! {hello, lists:seq(1, 3)},
    show(collect(1)),
    P ! again,
    show(collect(1)),
    show(is_process_alive(P)).

woken(Parent) ->
    receive
        {hello, L} -> Parent ! {L, get(kept)}, erlang:hibernate(?MODULE, woken, [Parent]);
        again -> Parent ! bye
    end.

dictionary() ->
    show(get(nothing)),
    show(put(a, 1)),
    show(put(a, 2)),
    [put({key, I}, I * I) || I <- lists:seq(1, 500)],
    show(lists:sum([get({key, I}) || I <- lists:seq(1, 500)])),
    show(lists:sum([erase({key, I}) || I <- lists:seq(2, 500, 2)])),
    garbage_collect(),
    show(length(get())),
    show(lists:sum([get({key, I}) || I <- lists:seq(1, 499, 2)])),
    show(get_keys(2)),
    show(length(get_keys())),
    show(length(erase())),
    show(get()).

registered_names() ->
    P = spawn(fun wait/0),
    show(register(alice, P)),
    show(whereis(alice) =:= P),
    why(fun() -> register(alice, self()) end),
    alice ! stop,
    nap(1),
    show(whereis(alice)),
    why(fun() -> alice ! x end),
    why(fun() -> {alice, node()} ! x end),
    why(fun() -> unregister(alice) end),
    register(me, self()),
    show(lists:member(me, registered())),
    show(process_info(self(), registered_name)),
    unregister(me),
    show(process_info(self(), registered_name)).

%% ---- to be frozen

%% Some of everything, and a result that depends on all of it.
busy() ->
    Self = self(),
    Workers = [spawn_link(fun() -> worker(Self, I) end) || I <- lists:seq(1, 5)],
    [W ! {work, N} || N <- lists:seq(1, 10), W <- Workers],
    Sum = lists:sum([receive {result, R} -> R end || _ <- lists:seq(1, 50)]),
    [W ! stop || W <- Workers],
    erlang:send_after(5, self(), {late, Sum}),
    show(receive {late, S} -> S end),
    show(try lists:nth(9, [1]) catch error:E -> E end).

worker(To, I) ->
    receive
        {work, N} ->
            T = list_to_tuple(lists:seq(1, N)),
            To ! {result, I * tuple_size(T) + length(integer_to_list(1 bsl (N * 20)))},
            worker(To, I);
        stop -> ok
    end.

queue() ->
    P = spawn(?MODULE, taker, []),
    register(taker, P),
    [P ! {item, I} || I <- lists:seq(1, 5)],
    P ! go,
    M = monitor(process, P),
    show(receive {'DOWN', M, _, _, R} -> R end).

%% One of each of what can be looked at, all at rest.
everything() ->
    register(everything, self()),
    Children = [spawn_link(fun() -> put(index, I), Kept = lists:seq(1, I), wait(), Kept end) || I <- [1, 2, 3]],
    [monitor(process, Child) || Child <- Children],
    [Child ! {message, N, "text", <<N:100/unit:8>>, #{n => N}} || Child <- Children, N <- lists:seq(1, 5)],
    T = ets:new(rows, [named_table]),
    ets:insert(T, [{N, N * N, {deep, [N]}} || N <- lists:seq(1, 50)]),
    O = ets:new(ordered, [ordered_set]),
    ets:insert(O, [{N} || N <- lists:seq(1, 20)]),
    [put({key, N}, lists:seq(1, N)) || N <- lists:seq(1, 20)],
    put(others, [self(), make_ref(), 1.5, 1 bsl 100, fun() -> Children end, fun lists:map/2, maps:from_list([{N, N} || N <- lists:seq(1, 50)])]),
    erlang:send_after(1000000, self(), {late, [1, 2, 3]}),
    receive never -> ok after 2000000 -> ok end.

%% Items wait that the receive does not want.
skipper() ->
    [self() ! {item, I} || I <- [1, 2, 3]],
    skip_all(),
    ok.

skip_all() -> receive go -> ok end, done.

arguments() ->
    show(three(a, b, c)).

three(A, B, C) -> {C, two(B, A)}.
two(A, B) -> [A, B].

spawn_many() ->
    why(fun() -> [spawn(fun wait/0) || _ <- lists:seq(1, 100)] end).

crowd() ->
    Self = self(),
    [spawn(fun() -> [Self ! {self(), I} || I <- lists:seq(1, 100)], wait() end) || _ <- lists:seq(1, 10000)],
    receive never -> ok end.

taker() ->
    receive go -> ok end,
    exit(all()).

all() -> receive X -> [X | all()] after 0 -> [] end.

%% A hundred linked in a row.
chain() ->
    process_flag(trap_exit, true),
    Self = self(),
    P = spawn_link(fun() -> link_on(Self, 100) end),
    receive ready -> ok end,
    show(length(processes()) > 100),
    exit(P, crash),
    show(receive {'EXIT', P, R} -> R end).

link_on(Top, 0) -> Top ! ready, wait();
link_on(Top, N) -> spawn_link(fun() -> link_on(Top, N - 1) end), wait().

crash() ->
    {P, M} = spawn_monitor(fun() -> error(boom) end),
    show(receive {'DOWN', M, process, P, {R, _}} -> R end).
