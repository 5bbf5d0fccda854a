%% gen_server: calls, casts, infos, timeouts, continue, deferred replies, names, stops and crashes, multi_call.
-module(otp_gen_server).
-behaviour(gen_server).
-export([main/0]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, handle_continue/2, terminate/2, code_change/3, format_status/2]).

main() ->
    catch logger:set_primary_config(level, none),
    process_flag(trap_exit, true),
    {ok, S} = gen_server:start_link(?MODULE, 10, []),
    p([gen_server:call(S, {add, 5}), gen_server:call(S, get), gen_server:cast(S, {add, 100}), gen_server:call(S, get)]),
    S ! {info, self()}, p(receive {info_seen, N} -> N end),
    p(gen_server:call(S, later)), p(gen_server:call(S, {continue, 7})), p(gen_server:call(S, get)),
    p(refuse(fun() -> gen_server:call(S, slow, 10) end)),
    p(gen_server:call(S, timeout_next)), p(receive timed_out -> got_timeout end),
    p(gen_server:call(S, hibernate)), p(gen_server:call(S, get)),
    p(sys:get_state(S)), p(gen_server:stop(S)), p(receive {'EXIT', S, W} -> W end), p(receive {terminated, T} -> T end),
    named(), starts(), ends(), requests(), p(monitors()), p(reply_twice()), p(many_clients(50)), p(enter_loop()), p(abcast()).

p(X) -> io:format("~p~n", [X]).

init(ignore) -> ignore;
init({stop, R}) -> {stop, R};
init(crash) -> error(in_init);
init({timeout, P}) -> {ok, {t, P}, 5};
init({continue, X}) -> {ok, 0, {continue, X}};
init(bad) -> not_a_tuple;
init(exit) -> exit(from_init);
init(throw) -> throw({ok, thrown});
init(trap) -> process_flag(trap_exit, true), {ok, trap};
init(N) -> {ok, N}.

handle_call({add, N}, _From, S) -> {reply, S + N, S + N};
handle_call(get, _, S) -> {reply, S, S};
handle_call(later, From, S) -> gen_server:cast(self(), {answer, From}), {noreply, S};
handle_call({continue, X}, _, S) -> {reply, continuing, S, {continue, X}};
handle_call(slow, _, S) -> timer:sleep(40), {reply, slept, S};
handle_call(timeout_next, {P, _}, _) -> {reply, ok, {t, P}, 5};
handle_call(hibernate, _, S) -> {reply, sleeping, S, hibernate};
handle_call(stop, _, S) -> {stop, normal, stopping, S};
handle_call(stop_noreply, _, S) -> {stop, {shutdown, quiet}, S};
handle_call(crash, _, _) -> error(crashed);
handle_call(exit, _, _) -> exit(exited);
handle_call(throw, _, S) -> throw({reply, thrown, S});
handle_call(bad, _, _) -> bad_return;
handle_call(twice, From, S) -> gen_server:reply(From, one), {reply, two, S}.

handle_cast({add, N}, S) -> {noreply, S + N};
handle_cast({answer, From}, S) -> gen_server:reply(From, {late, S}), {noreply, S};
handle_cast({tell, P}, S) -> P ! {told, S}, {noreply, S};
handle_cast(stop, S) -> {stop, cast_stop, S}.

handle_info({info, P}, S) -> P ! {info_seen, S}, {noreply, S};
handle_info(timeout, {t, P}) -> P ! timed_out, {noreply, 1};
handle_info({'EXIT', _, R}, S) -> {stop, {saw_exit, R}, S};
handle_info(_, S) -> {noreply, S}.

handle_continue(X, S) when is_integer(S) -> {noreply, S + X}.

terminate(R, S) -> case get('$ancestors') of [P | _] when is_pid(P) -> P ! {terminated, {R, S}}; _ -> ok end.
code_change(_, S, _) -> {ok, S}.
format_status(_, [_, S]) -> [{data, [{"State", {formatted, S}}]}].

named() ->
    {ok, P} = gen_server:start({local, my_server}, ?MODULE, 1, []),
    p([gen_server:call(my_server, get), gen_server:call({my_server, node()}, get), whereis(my_server) =:= P]),
    {error, {already_started, P2}} = gen_server:start({local, my_server}, ?MODULE, 2, []), p(P2 =:= P),
    gen_server:stop(my_server), p(whereis(my_server)),
    p([refuse(fun() -> gen_server:call(my_server, get) end), gen_server:cast(my_server, x), refuse(fun() -> gen_server:stop(my_server) end)]).

starts() ->
    [p({A, strip(gen_server:start(?MODULE, A, []))}) || A <- [ignore, {stop, why}, crash, bad, exit, throw]],
    [p({A, strip(gen_server:start_link(?MODULE, A, [])), receive {'EXIT', _, W} -> strip(W) after 20 -> no_exit end}) || A <- [ignore, {stop, why}, exit]],
    {ok, _} = gen_server:start(?MODULE, {timeout, self()}, []), p(receive timed_out -> init_timeout end),
    {ok, C} = gen_server:start(?MODULE, {continue, 5}, []), p(gen_server:call(C, get)),
    p(strip(gen_server:start(?MODULE, 1, [{timeout, 1000}, {debug, []}]))).

ends() ->
    [begin
         {ok, P} = gen_server:start(?MODULE, 0, []), R = monitor(process, P),
         A = refuse(fun() -> gen_server:call(P, K) end), p({K, A, receive {'DOWN', R, _, _, W} -> strip(W) end})
     end || K <- [stop, stop_noreply, crash, exit, bad]],
    {ok, T} = gen_server:start(?MODULE, 5, []), p([gen_server:call(T, throw), gen_server:stop(T, normal, 1000)]),
    {ok, L} = gen_server:start_link(?MODULE, trap, []), exit(L, parent_says), p(receive {'EXIT', L, W} -> W end), p(receive {terminated, X} -> X end),
    {ok, C} = gen_server:start(?MODULE, 5, []), R = monitor(process, C), gen_server:cast(C, stop), p(receive {'DOWN', R, _, _, W2} -> W2 end).

requests() ->
    {ok, S} = gen_server:start(?MODULE, 3, []),
    Id = gen_server:send_request(S, get), p(gen_server:wait_response(Id, 1000)),
    Id2 = gen_server:send_request(S, {add, 1}), p(gen_server:receive_response(Id2, 1000)),
    Id3 = gen_server:send_request(S, get), p(receive M -> gen_server:check_response(M, Id3) end),
    Id4 = gen_server:send_request(S, slow), p(gen_server:wait_response(Id4, 5)), gen_server:stop(S).

monitors() -> {ok, {P, R}} = gen_server:start_monitor(?MODULE, 3, []), gen_server:stop(P), receive {'DOWN', R, process, P, W} -> W end.
reply_twice() -> {ok, S} = gen_server:start(?MODULE, 3, []), A = gen_server:call(S, twice), {A, receive {_, two} -> second after 10 -> none end}.

many_clients(N) ->
    {ok, S} = gen_server:start(?MODULE, 0, []), Me = self(),
    [spawn(fun() -> [gen_server:call(S, {add, 1}) || _ <- lists:seq(1, 20)], Me ! done end) || _ <- lists:seq(1, N)], [receive done -> ok end || _ <- lists:seq(1, N)], gen_server:call(S, get).

enter_loop() -> P = proc_lib:spawn(fun() -> gen_server:enter_loop(?MODULE, [], 77) end), gen_server:call(P, get).
abcast() ->
    {ok, S} = gen_server:start({local, caster}, ?MODULE, 9, []), gen_server:abcast(caster, {tell, self()}), R = receive {told, N} -> N end,
    {R, gen_server:multi_call([node()], caster, get) =:= {[{node(), 9}], []}, gen_server:stop(S)}.

refuse(F) -> try F() catch C:R -> {C, strip(R)} end.

strip(P) when is_pid(P) -> pid;
strip({M, F, A, I}) when is_atom(M), is_atom(F), is_list(I) -> {M, F, if is_list(A) -> length(A); true -> A end};
strip(T) when is_tuple(T) -> list_to_tuple(strip(tuple_to_list(T)));
strip([{M, F, A, _} = H | _]) when is_atom(M), is_atom(F), is_list(A) or is_integer(A) -> [strip(H)];
strip([H | T]) -> [strip(H) | strip(T)];
strip(X) -> X.
