%% supervisor: strategies, restart types, shutdown, intensity, child management, nested trees.
-module(otp_supervisor).
-behaviour(supervisor).
-export([main/0, init/1, start_worker/2, worker/2]).

main() ->
    catch logger:set_primary_config(level, none),
    process_flag(trap_exit, true),
    [strategy(S) || S <- [one_for_one, one_for_all, rest_for_one]],
    restart_types(), simple(), intensity(), management(), shutdown(), nested(), starts(), significant(), stopped_by_parent().

p(X) -> io:format("~p~n", [X]).

init({Flags, Children}) -> {ok, {Flags, Children}};
init(ignore) -> ignore;
init(bad) -> nonsense;
init(crash) -> error(init_crash).

start_worker(Name, Owner) ->
    case Name of
        fails -> {error, cannot};
        ignores -> ignore;
        crashes -> exit(at_start);
        _ -> proc_lib:start_link(?MODULE, worker, [Name, Owner])
    end.

worker(Name, Owner) ->
    process_flag(trap_exit, lists:member(Name, [polite, stubborn])),
    register(Name, self()), Owner ! {started, Name},
    proc_lib:init_ack({ok, self()}), loop(Name, Owner).

loop(Name, Owner) ->
    receive
        {exit, R} -> exit(R);
        {'EXIT', _, shutdown} when Name =:= polite -> Owner ! {stopping, Name}, exit(shutdown);
        {'EXIT', _, shutdown} -> Owner ! {refusing, Name}, loop(Name, Owner)
    end.

child(Name) -> child(Name, permanent).
child(Name, Restart) -> #{id => Name, start => {?MODULE, start_worker, [Name, self()]}, restart => Restart, shutdown => 100}.

sup(Strategy, Children) ->
    {ok, S} = supervisor:start_link(?MODULE, {#{strategy => Strategy, intensity => 10, period => 10}, Children}),
    S.

stop(S) -> unlink(S), R = monitor(process, S), exit(S, shutdown), receive {'DOWN', R, _, _, W} -> W end.

events() -> receive {K, N} when K =:= started; K =:= stopping; K =:= refusing -> [{K, N} | events()] after 50 -> [] end.

kids(S) -> [{I, if is_pid(P) -> pid; true -> P end, T, M} || {I, P, T, M} <- supervisor:which_children(S)].

strategy(Strategy) ->
    S = sup(Strategy, [child(a), child(b), child(c)]), Before = [whereis(N) || N <- [a, b, c]],
    p({Strategy, events()}), b ! {exit, boom}, p(events()),
    p([whereis(N) =:= P || {N, P} <- lists:zip([a, b, c], Before)]), p(kids(S)), p(supervisor:count_children(S)), p(stop(S)), p([whereis(N) || N <- [a, b, c]]).

restart_types() ->
    S = sup(one_for_one, [child(perm, permanent), child(trans, transient), child(temp, temporary)]), events(),
    [begin [N ! {exit, Why} || N <- [perm, trans, temp], whereis(N) =/= undefined], p({Why, events(), kids(S)}) end || Why <- [normal, boom]], stop(S).

simple() ->
    S = sup(simple_one_for_one, [#{id => any, start => {?MODULE, start_worker, []}, restart => transient, shutdown => brutal_kill}]),
    {ok, P} = supervisor:start_child(S, [one, self()]), {ok, _} = supervisor:start_child(S, [two, self()]), p(events()),
    p(supervisor:start_child(S, [fails, self()])), p(supervisor:start_child(S, [ignores, self()])), one ! {exit, boom}, p(events()),
    p([whereis(one) =/= P, length(supervisor:which_children(S)), supervisor:count_children(S), supervisor:terminate_child(S, whereis(two)), supervisor:count_children(S), supervisor:terminate_child(S, self()), supervisor:delete_child(S, x)]), stop(S).

intensity() ->
    {ok, S} = supervisor:start_link(?MODULE, {#{strategy => one_for_one, intensity => 2, period => 5}, [child(w)]}),
    [begin w ! {exit, {crash, I}}, p(events()) end || I <- [1, 2]], w ! {exit, {crash, 3}}, p(receive {'EXIT', S, W} -> W end), p(events()).

management() ->
    S = sup(one_for_one, [child(m1)]),
    p([element(1, supervisor:start_child(S, child(m2))), element(1, element(2, supervisor:start_child(S, child(m2)))), element(1, element(2, supervisor:start_child(S, child(fails)))), supervisor:start_child(S, child(ignores)), events()]),
    p([supervisor:terminate_child(S, m2), kids(S), supervisor:start_child(S, child(m2)), element(1, supervisor:restart_child(S, m2)), supervisor:restart_child(S, m2) =/= x, supervisor:restart_child(S, nobody)]),
    p([supervisor:delete_child(S, m2), supervisor:terminate_child(S, m2), supervisor:delete_child(S, m2), supervisor:delete_child(S, nobody), kids(S)]),
    p([element(2, supervisor:get_childspec(S, m1)) =/= 0, supervisor:get_childspec(S, zz), supervisor:start_child(S, not_a_spec), supervisor:start_child(S, #{id => x}), supervisor:start_child(S, {y, {m, f, []}, sometimes, 5, worker, []})]),
    p([supervisor:check_childspecs([child(q)]), supervisor:check_childspecs([{q, {m, f, [a]}, permanent, brutal_kill, worker, dynamic}]), supervisor:check_childspecs([child(q), child(q)]), supervisor:check_childspecs(x)]), events(), stop(S).

shutdown() ->
    S = sup(one_for_one, [child(polite), child(stubborn), child(plain)]), p(events()), T0 = erlang:monotonic_time(millisecond), p(stop(S)),
    T = erlang:monotonic_time(millisecond) - T0, p([T >= 100, T < 2000, events(), whereis(stubborn)]).

nested() ->
    Inner = #{id => inner, start => {supervisor, start_link, [?MODULE, {#{strategy => one_for_all}, [child(n1), child(n2)]}]}, type => supervisor},
    S = sup(one_for_one, [child(top), Inner]), p([events(), kids(S), supervisor:count_children(S)]),
    n1 ! {exit, x}, p(events()), [begin n1 ! {exit, x}, events() end || _ <- "a"], p([kids(S), [whereis(N) =/= undefined || N <- [top, n1, n2]]]), p(stop(S)), p([whereis(N) || N <- [top, n1, n2]]).

starts() ->
    p([supervisor:start_link(?MODULE, A) || A <- [ignore, bad]]), p(element(1, supervisor:start_link(?MODULE, crash))),
    p([strip(supervisor:start_link(?MODULE, {F, C})) || {F, C} <- [{#{}, [child(fails)]}, {#{}, [child(ok1), child(crashes)]}, {#{strategy => wild}, []}, {#{intensity => -1}, []}, {{one_for_one, 1, 5}, [nothing]}]]), flush(), events().

significant() ->
    {ok, S} = supervisor:start_link(?MODULE, {#{strategy => one_for_one, auto_shutdown => any_significant}, [(child(sig, transient))#{significant => true}, child(other)]}), p(events()), sig ! {exit, normal}, p(receive {'EXIT', S, W} -> W end), p(whereis(other)).

stopped_by_parent() -> {ok, S} = supervisor:start_link({local, named_sup}, ?MODULE, {#{}, [child(k)]}), p([events(), kids(named_sup), whereis(named_sup) =:= S]), exit(S, normal), timer:sleep(10), p(is_process_alive(S)), flush(), p(stop(S)).

flush() -> receive {'EXIT', _, _} -> flush() after 10 -> ok end.
strip({error, {shutdown, {failed_to_start_child, N, R}}}) -> {N, R};
strip({error, R}) -> R.
