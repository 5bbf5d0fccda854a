%% Links: exit signals of every reason, trap_exit, unlink, spawn_link, exit/2, kill, chains of links.
-module(proc_link).
-export([main/0]).

main() ->
    catch logger:set_primary_config(level, none),
    [p(R, killed_with(R)) || R <- [normal, shutdown, {shutdown, x}, boom, kill, {complex, [term, 1.5]}]],
    [p(R, trapped(R)) || R <- [normal, shutdown, boom, kill, killed]],
    [p({exit2, R}, sent(R, false)) || R <- [normal, boom, kill]],
    [p({exit2_trapped, R}, sent(R, true)) || R <- [normal, boom, kill]],
    p(chain, chain(10)),
    p(unlink, unlinked()),
    p(unlink_flush, flushed()),
    p(link_dead, link_dead()),
    p(self_exit, self_exit()),
    p(links_info, links_info()),
    p(bidirectional, bidirectional()),
    p(error_reason, error_reason()),
    p(trap_toggle, trap_toggle()),
    p(spawn_link_crash, crash()),
    p(exit_self_normal, exit_self_normal()),
    p(double_link, double_link()).

p(K, V) -> io:format("~p: ~p~n", [K, V]).

watch(F) -> {_, Ref} = spawn_monitor(F), receive {'DOWN', Ref, process, _, Why} -> short(Why) after 2000 -> survived end.

short({R, [{_, _, _, _} | _]}) -> {R, stack};
short(R) -> R.

%% A process whose linked partner exits with reason R.
killed_with(R) ->
    watch(fun() ->
        spawn_link(fun() -> exit(R) end),
        receive after 50 -> exit(still_alive) end
    end).

trapped(R) ->
    watch(fun() ->
        process_flag(trap_exit, true),
        P = spawn_link(fun() -> exit(R) end),
        receive {'EXIT', P, Why} -> exit({trapped, Why}) after 1000 -> exit(nothing) end
    end).

sent(R, Trap) ->
    Me = self(),
    {P, Ref} = spawn_monitor(fun() -> process_flag(trap_exit, Trap), Me ! ready, receive {'EXIT', Me, W} -> exit({got, W}) after 100 -> exit(not_hit) end end),
    receive ready -> ok end,
    exit(P, R),
    receive {'DOWN', Ref, _, _, Why} -> Why end.

chain(N) ->
    process_flag(trap_exit, true),
    P = spawn_link(fun() -> link_next(N) end),
    R = receive {'EXIT', P, Why} -> Why end,
    process_flag(trap_exit, false),
    R.
link_next(0) -> exit({end_of_chain, 0});
link_next(N) -> spawn_link(fun() -> link_next(N - 1) end), receive never -> ok end.

unlinked() ->
    watch(fun() -> P = spawn_link(fun() -> receive go -> exit(boom) end end), unlink(P), P ! go, receive after 50 -> exit(fine) end end).

flushed() ->
    watch(fun() ->
        process_flag(trap_exit, true),
        P = spawn_link(fun() -> exit(early) end),
        receive after 20 -> ok end,
        unlink(P),
        exit(receive {'EXIT', P, W} -> {was_in_queue, W} after 0 -> empty end)
    end).

link_dead() ->
    Dead = spawn(fun() -> ok end),
    receive after 20 -> ok end,
    [watch(fun() -> link(Dead), receive after 100 -> exit(survived) end end),
     watch(fun() -> process_flag(trap_exit, true), R = link(Dead), receive {'EXIT', Dead, W} -> exit({R, W}) end end)].

self_exit() ->
    [watch(fun() -> exit(self(), R), receive after 20 -> exit(not_killed) end end) || R <- [normal, a, kill]] ++
    [watch(fun() -> process_flag(trap_exit, true), exit(self(), R), receive {'EXIT', P, W} when P =:= self() -> exit({trapped, W}) after 20 -> exit(no) end end) || R <- [normal, a]].

links_info() ->
    P = spawn_link(fun() -> receive stop -> ok end end),
    {links, L1} = process_info(self(), links),
    unlink(P),
    {links, L2} = process_info(self(), links),
    P ! stop,
    {lists:member(P, L1), lists:member(P, L2)}.

bidirectional() ->
    Me = self(),
    A = spawn(fun() -> process_flag(trap_exit, true), Me ! {a, spawn_link(fun() -> receive after 5000 -> ok end end)}, receive {'EXIT', _, W} -> Me ! {a_saw, W} end end),
    B = receive {a, X} -> X end,
    exit(B, hit),
    R = receive {a_saw, W} -> W end,
    {R, is_pid(A), is_process_alive(B)}.

error_reason() -> [watch(fun() -> spawn_link(fun() -> F() end), receive after 1000 -> ok end end) || F <- [fun() -> error(err) end, fun() -> throw(thr) end, fun() -> 1 / list_to_integer("0") end]].

trap_toggle() -> {process_flag(trap_exit, true), process_flag(trap_exit, false), process_info(self(), trap_exit)}.

crash() -> watch(fun() -> process_flag(trap_exit, true), P = spawn_link(erlang, error, [x]), receive {'EXIT', P, {x, S}} -> exit(length(S) > 0) end end).

exit_self_normal() -> watch(fun() -> exit(normal) end).

double_link() -> watch(fun() -> process_flag(trap_exit, true), P = spawn_link(fun() -> receive stop -> exit(done) end end), link(P), link(P), P ! stop, receive {'EXIT', P, done} -> ok end, exit(receive {'EXIT', _, _} -> twice after 30 -> once end) end).
