%% Hot code loading: a running process moves to the next version at a qualified call; old code, purge.
-module(code_hot).
-export([main/0]).

main() ->
    catch logger:set_primary_config(level, none),
    p(load(v1)), p([counter:version(), module_version()]),
    P = counter:start(), p([tick(P), tick(P)]),
    p(load(v2)), p([counter:version(), erlang:check_old_code(counter), erlang:check_process_code(P, counter)]),
    p([tick(P), erlang:check_process_code(P, counter), tick(P), tick(P)]),
    p([counter:only_in_v2(), erlang:function_exported(counter, only_in_v2, 0)]),
    p(load(v3)), p([tick(P), tick(P), counter:version()]),
    p([code:purge(counter), is_process_alive(P), erlang:check_old_code(counter)]),
    P ! stop,
    p(local_loop()), p(soft()), p(funs()), p(killed()), p(deleted()), p(binary()), p(refuse(fun() -> load(nowhere) end)), p(many(30)).

p(X) -> io:format("~p~n", [X]).

load(V) -> code:purge(counter), code:load_abs(filename:join(atom_to_list(V), "counter")).
module_version() -> proplists:get_value(vsn, counter:module_info(attributes)).
tick(P) -> P ! {self(), tick}, receive {V, N} when is_atom(V) -> {V, N} after 1000 -> no_answer end.
ask(P) -> P ! {self(), get}, receive {V, N} -> {V, N} after 1000 -> no_answer end.

%% A process which never makes a qualified call stays in its version.
local_loop() ->
    load(v1), P = spawn(counter, local, [0]), A = ask(P), load(v2), B = ask(P), Q = spawn(counter, local, [0]),
    R = {A, B, ask(Q), erlang:check_process_code(P, counter), erlang:check_process_code(Q, counter)}, P ! stop, Q ! stop, R.

soft() ->
    load(v1), P = spawn(counter, local, [0]), ask(P), load(v2),
    A = code:soft_purge(counter), P ! stop, timer:sleep(20), {A, code:soft_purge(counter), erlang:check_old_code(counter)}.

%% A fun remembers the version which made it; an external fun calls the newest.
funs() ->
    load(v1), F = counter:adder(1), E = fun counter:version/0, A = {F(1), E()}, load(v2), B = {F(1), E(), (counter:adder(1))(1)},
    code:purge(counter), C = try F(1) catch error:{badfun, _} -> fun_of_purged_code end, {A, B, C}.

%% Purging kills who still runs old code.
killed() ->
    load(v1), {P, R} = spawn_monitor(counter, local, [0]), ask(P), load(v2), T = code:purge(counter),
    {T, receive {'DOWN', R, _, P, W} -> W after 500 -> alive end}.

deleted() ->
    load(v1), code:purge(counter), A = code:delete(counter), B = try counter:version() of V -> {autoloaded, V} catch error:undef -> undef end,
    {A, B, erlang:check_old_code(counter), code:purge(counter), erlang:module_loaded(counter), code:is_loaded(counter)}.

binary() ->
    {ok, Bin} = file:read_file("v2/counter.beam"), {module, counter} = code:load_binary(counter, "in memory", Bin),
    {counter:version(), code:is_loaded(counter), code:load_binary(other_name, "x", Bin), code:load_binary(counter, "x", <<"not a beam file">>)}.

%% Load again and again while a process counts.
many(N) -> load(v1), P = counter:start(), R = [begin load(V), element(1, tick(P)) end || I <- lists:seq(1, N), V <- [lists:nth(I rem 2 + 1, [v2, v3])]], P ! stop, lists:foldl(fun(V, M) -> maps:update_with(V, fun(C) -> C + 1 end, 1, M) end, #{}, R).

refuse(F) -> try F() catch C:R -> {C, R} end.
