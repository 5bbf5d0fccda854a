%% sys and proc_lib: get and replace state, suspend, tracing to a fun, statistics, special processes, code change.
-module(otp_sys).
-export([main/0]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2, code_change/3]).
-export([special/2, system_continue/3, system_terminate/4, system_get_state/1, system_replace_state/2, system_code_change/4]).

main() ->
    catch logger:set_primary_config(level, none),
    {ok, S} = gen_server:start(?MODULE, 1, []),
    p([sys:get_state(S), sys:replace_state(S, fun(X) -> X + 41 end), gen_server:call(S, get), catch_(fun() -> sys:replace_state(S, fun(_) -> error(no) end) end), gen_server:call(S, get)]),
    p(suspended(S)), p(traced(S)), p(stats(S)), p(logged(S)), p(code_change(S)), p(status(S)), p(ended(S)),
    p(catch_(fun() -> sys:get_state(S) end)), special(), procs().

p(X) -> io:format("~p~n", [X]).
catch_(F) -> try F() catch C:R -> {C, strip(R)} end.
ended(S) -> R = monitor(process, S), ok = sys:terminate(S, over), receive {'DOWN', R, _, _, W} -> {W, is_process_alive(S)} end.
strip({R, {sys, F, _}}) -> {strip(R), F};
strip({callback_failed, W, {C, R}}) -> {callback_failed, W, C, R};
strip({R, [_ | _]}) -> R;
strip(R) -> R.

init(X) -> {ok, X}.
handle_call(get, _, S) -> {reply, S, S};
handle_call({add, N}, _, S) -> {reply, ok, S + N}.
handle_cast(_, S) -> {noreply, S}.
handle_info(_, S) -> {noreply, S}.
terminate(_, _) -> ok.
code_change(_, S, Extra) -> {ok, {changed, S, Extra}}.

suspended(S) ->
    sys:suspend(S), A = try gen_server:call(S, get, 20) catch exit:{timeout, _} -> no_answer end,
    B = sys:get_state(S), sys:resume(S), {A, B, gen_server:call(S, get)}.

traced(S) ->
    Me = self(), sys:install(S, {fun(N, E, _) when N < 3 -> Me ! {trace, event(E)}, N + 1; (_, _, _) -> done end, 0}),
    gen_server:call(S, {add, 1}), gen_server:cast(S, nothing), S ! info, gen_server:call(S, get), timer:sleep(10), collect().
event({in, {'$gen_call', _, M}}) -> {in, call, M};
event({in, {'$gen_cast', M}}) -> {in, cast, M};
event({in, M}) -> {in, M};
event({out, M, {P, _}, St}) when is_pid(P) -> {out, M, St};
event(E) when is_tuple(E) -> {element(1, E), tuple_size(E)}.
collect() -> receive {trace, E} -> [E | collect()] after 0 -> [] end.

stats(S) ->
    ok = sys:statistics(S, true), [gen_server:call(S, {add, 1}) || _ <- "abc"], S ! x, gen_server:call(S, get),
    {ok, L} = sys:statistics(S, get), ok = sys:statistics(S, false), {[{K, V} || {K, V} <- L, lists:member(K, [messages_in, messages_out])], sys:statistics(S, get)}.

logged(S) -> ok = sys:log(S, true), gen_server:call(S, {add, 2}), {ok, L} = sys:log(S, get), ok = sys:log(S, false), ok = sys:no_debug(S), length(L).
code_change(S) -> sys:suspend(S), R = sys:change_code(S, ?MODULE, old, extra), sys:resume(S), {R, sys:get_state(S)}.
status(S) -> {status, P, {module, M}, [Dict, Sys, Parent, Debug, Misc]} = sys:get_status(S), {P =:= S, M, is_list(Dict), Sys, is_pid(Parent), Debug, lists:keyfind("State", 1, proplists:get_value(data, [X || {data, _} = X <- Misc, X =/= {data, []}] ++ [{data, []}], []))}.

%% A special process by hand, as the documentation of sys and proc_lib describes it.
special(Parent, N) -> register(special, self()), Deb = sys:debug_options([]), proc_lib:init_ack(Parent, {ok, self()}), special_loop(Parent, Deb, N).
special_loop(Parent, Deb, N) ->
    receive
        {system, From, Req} -> sys:handle_system_msg(Req, From, Parent, ?MODULE, Deb, N);
        {From, inc} -> From ! {n, N + 1}, special_loop(Parent, sys:handle_debug(Deb, fun(_, _, _) -> ok end, special, inc), N + 1);
        {'EXIT', Parent, R} -> exit({parent, R})
    end.
system_continue(P, D, N) -> special_loop(P, D, N).
system_terminate(R, _, _, N) -> exit({R, N}).
system_get_state(N) -> {ok, {n, N}}.
system_replace_state(F, N) -> {n, M} = F({n, N}), {ok, {n, M}, M}.
system_code_change(N, _, _, X) -> {ok, N + X}.

special() ->
    {ok, P} = proc_lib:start(?MODULE, special, [self(), 5]), P ! {self(), inc}, p(receive {n, N} -> N end),
    p([sys:get_state(special), sys:replace_state(P, fun({n, X}) -> {n, X * 10} end)]), sys:suspend(P), p(sys:change_code(P, ?MODULE, v, 3)), sys:resume(P), p(sys:get_state(P)),
    R = monitor(process, P), p(sys:terminate(P, stop_it)), p(receive {'DOWN', R, _, _, W} -> W end).

procs() ->
    Me = self(),
    p([strip(proc_lib:start(erlang, apply, [fun() -> F(Me) end, []], 50)) || F <- [fun(M) -> proc_lib:init_ack(M, {ok, fine}) end, fun(_) -> exit(early) end, fun(_) -> timer:sleep(200) end, fun(M) -> proc_lib:init_ack(M, {error, sorry}) end]]),
    P = proc_lib:spawn(fun() -> Me ! {dict, get('$initial_call'), [if is_pid(A) -> pid; true -> A end || A <- get('$ancestors')]}, receive stop -> ok end end),
    p(receive {dict, {M, F, A}, Anc} -> {M, is_atom(F), A, length(Anc) >= 1} end), p([proc_lib:translate_initial_call(P) =/= x, element(1, proc_lib:initial_call(P))]), P ! stop,
    {Q, R} = spawn_monitor(proc_lib, init_p, [Me, [], fun() -> exit({shutdown, quietly}) end]), p(receive {'DOWN', R, _, Q, W} -> W end),
    {T, R2} = proc_lib:spawn_opt(fun() -> error(boom) end, [monitor]), p(receive {'DOWN', R2, _, T, {E, _}} -> E end), p(proc_lib:stop(element(2, gen_server:start(?MODULE, 0, [])))).
