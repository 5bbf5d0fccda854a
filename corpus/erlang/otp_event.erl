%% gen_event: handlers added, called, swapped, deleted, supervised, crashing.
-module(otp_event).
-behaviour(gen_event).
-export([main/0, init/1, handle_event/2, handle_call/2, handle_info/2, terminate/2, code_change/3]).

main() ->
    catch logger:set_primary_config(level, none),
    {ok, M} = gen_event:start_link({local, events}),
    p(gen_event:add_handler(events, ?MODULE, {self(), first})), p(gen_event:add_handler(M, {?MODULE, 2}, {self(), second})),
    p(gen_event:which_handlers(M)), p(gen_event:notify(M, {say, hello})), p(take(2)), p(gen_event:sync_notify(M, {say, sync})), p(take(2)),
    p([gen_event:call(M, ?MODULE, name), gen_event:call(M, {?MODULE, 2}, count), gen_event:call(M, none, x)]), M ! raw, p(take(2)),
    p(gen_event:swap_handler(M, {{?MODULE, 2}, swapping}, {{?MODULE, 3}, {self(), third}})), p(gen_event:which_handlers(M)), p(take(1)),
    gen_event:notify(M, remove_third), gen_event:sync_notify(M, {say, after_}), p(take(2)), p(gen_event:which_handlers(M)),
    p(gen_event:delete_handler(M, ?MODULE, deleted)), p(take(1)), p([gen_event:delete_handler(M, nothere, x), gen_event:which_handlers(M)]),
    p(gen_event:add_handler(M, ?MODULE, refuse)), p(gen_event:add_handler(M, ?MODULE, crash) =/= ok),
    p(gen_event:add_sup_handler(M, {?MODULE, s}, {self(), supervised})), gen_event:notify(M, crash_all), p(receive {gen_event_EXIT, H, {'EXIT', {R, _}}} -> {H, R} end), p(gen_event:which_handlers(M)), take(1),
    p(gen_event:add_sup_handler(M, {?MODULE, t}, {self(), supervised2})), p(gen_event:delete_handler(M, {?MODULE, t}, bye)), p(take(1)), p(receive {gen_event_EXIT, H2, R2} -> {H2, R2} after 20 -> none end),
    p(gen_event:add_handler(M, {?MODULE, w}, {self(), other})), p(owner_dies(M)), p(gen_event:which_handlers(M)),
    p(gen_event:send_request(M, {?MODULE, w}, name) =/= x), p(gen_event:call(M, {?MODULE, w}, name)), p(gen_event:stop(M)), p(lists:last(take(2))), p(whereis(events)),
    p(catch_(fun() -> gen_event:call(events, ?MODULE, x) end)).

p(X) -> io:format("~p~n", [X]).
take(0) -> [];
take(N) -> receive {said, A, B} -> [{A, B} | take(N - 1)] after 200 -> [nothing] end.
catch_(F) -> try F() catch C:{R, _} -> {C, R}; C:R -> {C, R} end.

owner_dies(M) ->
    Me = self(), {P, R} = spawn_monitor(fun() -> gen_event:add_sup_handler(M, {?MODULE, short}, {Me, short_lived}), Me ! added, receive die -> exit(owner_died) end end),
    receive added -> ok end, A = gen_event:which_handlers(M), P ! die, receive {'DOWN', R, _, _, _} -> ok end, timer:sleep(10), {A, take(1)}.

init({{Owner, Name}, Term}) -> Owner ! {said, swapped_in, Term}, {ok, {Owner, Name, 0}};
init({Owner, Name}) when is_pid(Owner) -> {ok, {Owner, Name, 0}};
init(refuse) -> {error, refused};
init(crash) -> error(in_init).

handle_event({say, X}, {O, N, C}) -> O ! {said, N, X}, {ok, {O, N, C + 1}};
handle_event(remove_third, {_, third, _}) -> remove_handler;
handle_event(crash_all, _) -> error(crashed);
handle_event(_, S) -> {ok, S}.
handle_call(name, {_, N, _} = S) -> {ok, N, S};
handle_call(count, {_, _, C} = S) -> {ok, {count, C}, S}.
handle_info({'EXIT', _, R}, S) -> handle_info({'EXIT', R}, S);
handle_info(I, {O, N, C}) -> O ! {said, N, {info, I}}, {ok, {O, N, C}}.
terminate(R, {O, N, _}) -> O ! {said, N, {terminate, if is_tuple(R) -> element(1, R); true -> R end}}, {state_of, N}.
code_change(_, S, _) -> {ok, S}.
