%% gen_statem: both callback modes, every action, timeouts of three kinds, postponing, entering states.
-module(otp_statem).
-behaviour(gen_statem).
-export([main/0, init/1, callback_mode/0, terminate/3, code_change/4]).
-export([locked/3, open/3, handle_event/4]).

main() ->
    catch logger:set_primary_config(level, none),
    process_flag(trap_exit, true),
    door(), events(), ends().

p(X) -> io:format("~p~n", [X]).

%% callback_mode/0 has no argument: the mode is in the process dictionary, where init put it.
callback_mode() -> case get(mode) of undefined -> [state_functions, state_enter]; M -> M end.

init({door, Owner, Code}) -> {ok, locked, #{owner => Owner, code => Code, typed => []}};
init({events, Owner}) -> put(mode, handle_event_function), {ok, idle, Owner};
init(stop) -> {stop, not_today};
init(ignore) -> ignore;
init(bad) -> strange.

terminate(R, S, #{owner := O}) -> O ! {ended, R, S};
terminate(_, _, _) -> ok.
code_change(_, S, D, _) -> {ok, S, D}.

%% A door with a code lock, which closes by itself.
locked(enter, Old, #{owner := O} = D) -> O ! {entered, locked, from, Old}, {keep_state, D#{typed := []}};
locked(cast, {button, B}, #{typed := T, code := Code} = D) ->
    case T ++ [B] of
        Code -> {next_state, open, D, [{state_timeout, 30, close}]};
        T1 when length(T1) >= length(Code) -> {repeat_state, D};
        T1 -> {keep_state, D#{typed := T1}, {timeout, 30, forgotten}}
    end;
locked(timeout, forgotten, #{owner := O}) -> O ! forgotten, repeat_state_and_data;
locked({call, From}, state, D) -> {keep_state, D, [{reply, From, locked}]};
locked({call, _}, walk_through, _) -> {keep_state_and_data, [postpone]};
locked(info, Msg, #{owner := O}) -> O ! {info, locked, Msg}, keep_state_and_data.

open(enter, locked, #{owner := O}) -> O ! {entered, open}, {keep_state_and_data, [{{timeout, alarm}, 15, ring}]};
open(state_timeout, close, D) -> {next_state, locked, D};
open({timeout, alarm}, ring, #{owner := O}) -> O ! alarm, keep_state_and_data;
open(cast, {button, _}, _) -> {keep_state_and_data, postpone};
open({call, From}, walk_through, D) -> {keep_state, D, {reply, From, walked}};
open({call, From}, state, _) -> {keep_state_and_data, [{reply, From, open}]};
open({call, From}, lock, D) -> {next_state, locked, D, [{reply, From, locking}, {{timeout, alarm}, cancel}]};
open({call, From}, stop, D) -> {stop_and_reply, normal, [{reply, From, bye}], D}.

door() ->
    {ok, L} = gen_statem:start_link({local, door}, ?MODULE, {door, self(), [1, 2]}, []),
    p(next()), p(gen_statem:call(door, state)),
    gen_statem:cast(L, {button, 1}), gen_statem:cast(L, {button, 1}), p(next()),
    gen_statem:cast(L, {button, 1}), p(next()), p(next()),
    Me = self(), spawn(fun() -> Me ! {walker, gen_statem:call(door, walk_through)} end),
    [gen_statem:cast(L, {button, B}) || B <- [1, 2]], p(next()), p(receive {walker, W} -> W end), p(gen_statem:call(L, state)),
    p(next()), p(next()), p(gen_statem:call(L, state)),
    L ! hello, p(next()), [gen_statem:cast(L, {button, B}) || B <- [1, 2, 7]], p(next()), p(gen_statem:call(L, lock)), p(next()),
    p(maps:remove(owner, element(2, sys:get_state(L)))), [gen_statem:cast(L, {button, B}) || B <- [9]], p(next()), [gen_statem:cast(L, {button, B}) || B <- [1, 2]], p(next()),
    p(gen_statem:call(L, stop)), p(next()), p(receive {'EXIT', L, R} -> R end), p(whereis(door)).

next() -> receive M when element(1, M) =/= walker, element(1, M) =/= 'EXIT' -> clean(M); M when is_atom(M) -> M after 500 -> nothing end.
clean({ended, R, S}) -> {ended, R, S};
clean(M) -> M.

%% One function for all events; states may be any term.
handle_event({call, F}, {push, X}, idle, O) -> {next_state, {stack, [X]}, O, [{reply, F, ok}]};
handle_event({call, F}, {push, X}, {stack, L}, O) -> {next_state, {stack, [X | L]}, O, {reply, F, ok}};
handle_event({call, F}, pop, {stack, [X]}, O) -> {next_state, idle, O, {reply, F, X}};
handle_event({call, F}, pop, {stack, [X | L]}, O) -> {next_state, {stack, L}, O, {reply, F, X}};
handle_event({call, _}, pop, idle, _) -> {keep_state_and_data, postpone};
handle_event({call, F}, insert, _, _) -> {keep_state_and_data, [{next_event, internal, {note, 1}}, {next_event, internal, {note, 2}}, {reply, F, inserted}]};
handle_event(internal, {note, N}, S, O) -> O ! {note, N, S}, keep_state_and_data;
handle_event({call, F}, {timers, Ms}, _, _) -> {keep_state_and_data, [{reply, F, set}, {{timeout, a}, Ms, one}, {{timeout, b}, Ms * 3, two}, {state_timeout, Ms * 2, st}, {timeout, 0, zero}]};
handle_event({timeout, N}, V, _, O) -> O ! {generic, N, V}, keep_state_and_data;
handle_event(state_timeout, V, _, O) -> O ! {state_timeout, V}, keep_state_and_data;
handle_event(timeout, V, _, O) -> O ! {event_timeout, V}, keep_state_and_data;
handle_event({call, F}, hibernate, _, _) -> {keep_state_and_data, [{reply, F, zzz}, hibernate]};
handle_event({call, _}, crash, _, _) -> error(statem_crash);
handle_event({call, _}, bad, _, _) -> weird;
handle_event({call, F}, update, S, O) -> {next_state, S, O, [{{timeout, u}, 50, old}, {{timeout, u}, update, new}, {reply, F, updated}]};
handle_event(cast, stop, _, _) -> stop;
handle_event(cast, {stop, R}, _, _) -> {stop, R};
handle_event(info, X, S, O) -> O ! {info, X, S}, keep_state_and_data.

events() ->
    {ok, S} = gen_statem:start(?MODULE, {events, self()}, []),
    p([gen_statem:call(S, {push, 1}), gen_statem:call(S, {push, 2}), gen_statem:call(S, pop), gen_statem:call(S, pop)]),
    Me = self(), spawn(fun() -> Me ! {popped, gen_statem:call(S, pop)} end), timer:sleep(10), p([gen_statem:call(S, {push, postponed}), next()]),
    p([gen_statem:call(S, insert), next(), next()]), p([gen_statem:call(S, {timers, 10}), next(), next(), next(), next()]),
    S ! hey, p(next()), p([gen_statem:call(S, hibernate), gen_statem:call(S, {push, 5}), gen_statem:call(S, update), next()]),
    Id = gen_statem:send_request(S, pop), p(gen_statem:wait_response(Id, 1000)), p(refuse(fun() -> gen_statem:call(S, pop, 10) end)),
    p(sys:get_status(S) =/= x), p(gen_statem:stop(S)).

ends() ->
    p([gen_statem:start(?MODULE, A, []) || A <- [stop, ignore, bad]]),
    [begin {ok, S} = gen_statem:start(?MODULE, {events, self()}, []), R = monitor(process, S), A = F(S), p({strip(A), receive {'DOWN', R, _, _, W} -> strip(W) end}) end
     || F <- [fun(S) -> refuse(fun() -> gen_statem:call(S, crash) end) end, fun(S) -> refuse(fun() -> gen_statem:call(S, bad) end) end, fun(S) -> gen_statem:cast(S, stop) end, fun(S) -> gen_statem:cast(S, {stop, mine}) end, fun(S) -> gen_statem:stop(S, other, 100) end]].

refuse(F) -> try F() catch C:R -> {C, strip(R)} end.
strip({R, {gen_statem, call, _}}) -> {strip(R), called};
strip({C, R}) when is_atom(C), is_tuple(R) -> {C, strip(R)};
strip({R, [{M, F, A, _} | _]}) -> {R, M, F, if is_list(A) -> length(A); true -> A end};
strip(X) -> X.
