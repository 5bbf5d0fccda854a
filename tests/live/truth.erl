%% A node with processes of known kinds, which writes down what it says of all its processes.
-module(truth).
-behaviour(supervisor).
-export([start/1, say/1, mail/1, children/1]).
-export([busy/1, deep/1, catcher/2, init/1, worker/1]).

start([]) ->
    erlang:system_flag(backtrace_depth, 500),
    Main = self(),
    Keep = [spawn_opt(fun() -> register(Name, self()), Main ! ready, Fun() end, Options) || {Name, Fun, Options} <- zoo()],
    [receive ready -> ok end || _ <- Keep],
    [whereis(selective) ! {item, I, {"text", <<"binary">>, 1.5, #{I => a}}} || I <- lists:seq(1, 20)],
    timer:sleep(50),
    [whereis(selective) ! {late, I} || I <- lists:seq(1, 3)],
    [whereis(off_heap) ! {off, I} || I <- lists:seq(1, 50)],
    [whereis(busy) ! {outer, I} || I <- lists:seq(1, 30)],
    whereis(group) ! go,
    {ok, _} = supervisor:start_link({local, truth_sup}, ?MODULE, mixed),
    ok = supervisor:terminate_child(truth_sup, stopped),
    [{ok, _} = supervisor:start_child(truth_crowd, []) || _ <- lists:seq(1, 50)],
    timer:sleep(50),
    ok.

%% Supervisors of both kinds, with children of all kinds.
init(mixed) ->
    {ok, {{rest_for_one, 5, 10},
          [child(first, permanent), child({second, "of", [them]}, transient), child(stopped, permanent),
           {crowd, {supervisor, start_link, [{local, truth_crowd}, ?MODULE, alike]}, permanent, infinity, supervisor, [?MODULE]},
           child(last, temporary)]}};
init(alike) -> {ok, {{simple_one_for_one, 5, 10}, [child(any, transient)]}}.

child(Id, Restart) -> {Id, {?MODULE, worker, [Id]}, Restart, 100, worker, [?MODULE]}.

worker(Id) -> {ok, spawn_link(fun() -> receive never -> Id end end)}.

%% A line for each child of these supervisors, as they say: supervisor, id, pid, type.
children(File) ->
    file:write_file(File, [io_lib:format("~p\t~0tp\t~s\t~s~n", [whereis(S), Id, if is_pid(P) -> pid_to_list(P); true -> "" end, Type])
                           || S <- [truth_sup, truth_crowd, kernel_sup, kernel_safe_sup, logger_sup],
                              {Id, P, Type, _} <- lists:reverse(supervisor:which_children(S))]).

zoo() ->
    Wait = fun() -> receive never -> ok end end,
    [{waiter, Wait, []},
     {trapper, fun() -> process_flag(trap_exit, true), link(whereis(waiter)), receive never -> ok after 10000000 -> ok end end, [link]},
     {important, Wait, [{priority, high}]},
     {unimportant, Wait, [{priority, low}]},
     {watcher, fun() -> [monitor(process, N) || N <- [waiter, trapper, important]], monitor(process, whereis(waiter)), receive never -> ok end end, []},
     {words, fun() -> [put({key, I}, {I, [I]}) || I <- lists:seq(1, 100)], receive never -> ok end end, []},
     {deep, fun() -> deep(200), ok end, []},
     {catcher, fun() -> catcher(5, []) end, []},
     {selective, fun() -> receive {nothing, _} -> ok end end, []},
     {off_heap, fun() -> process_flag(message_queue_data, off_heap), receive {nothing, _} -> ok end end, []},
     {group, fun() -> receive go -> group_leader(whereis(waiter), self()), receive never -> ok end end end, []},
     {garbage, fun() -> X = lists:seq(1, 50000), erlang:garbage_collect(), receive never -> X end end, []},
     {secret, fun() -> process_flag(sensitive, true), put(key, classified), self() ! classified, hide(classified) end, []},
     {sleeper, fun() -> erlang:hibernate(lists, foldl, [fun(_, A) -> A end, 0, [1]]) end, []},
     {busy, fun() -> busy(0) end, [{priority, low}]}].

%% Never looks into its mailbox, and is never out of work.
busy(N) -> busy(N + 1).

hide(X) -> receive never -> X end, X.

deep(0) -> receive never -> ok end;
deep(N) -> [N | deep(N - 1)].

catcher(0, _) -> receive never -> ok end;
catcher(N, Seen) when N rem 2 =:= 0 -> {catch catcher(N - 1, [N | Seen]), N};
catcher(N, Seen) ->
    try {catcher(N - 1, [N | Seen]), N}
    catch error:_ -> Seen
    end.

%% A line for each item of each process but this one, the one that reads its input, and the one that runs: pid, item, what it is.
say(File) ->
    Said = [{Pid, process_info(Pid, items())} || Pid <- processes_but(self())],
    file:write_file(File, [[pid_to_list(Pid), $\t, atom_to_list(Item), $\t, text(Item, Value), $\n]
                           || {Pid, [_ | _] = Items} <- Said, {Item, Value} <- Items]).

processes_but(Self) -> [P || P <- erlang:processes(), P =/= Self, P =/= whereis(busy), P =/= whereis(user)].

items() ->
    [registered_name, current_function, initial_call, status, priority, message_queue_len, total_heap_size, stack_size, reductions,
     links, monitors, monitored_by, group_leader, dictionary, trap_exit, parent, current_stacktrace, memory].

text(registered_name, []) -> "";
text(Item, {M, F, A}) when Item =:= current_function; Item =:= initial_call -> io_lib:format("~tp:~tp/~w", [M, F, A]);
text(current_stacktrace, Stack) ->
    lists:join(" ", [io_lib:format("~tp:~tp/~w~s", [M, F, A, line(Where)]) || {M, F, A, Where} <- Stack]);
text(dictionary, Pairs) -> io_lib:format("~0tp", [lists:sort(Pairs)]);
text(links, Links) -> lists:join(" ", lists:sort([pid_to_list(P) || P <- Links, is_pid(P)]));
text(monitors, Monitors) -> lists:join(" ", lists:sort([watched(M) || M <- Monitors]));
text(monitored_by, Pids) -> lists:join(" ", lists:sort([pid_to_list(P) || P <- Pids, is_pid(P)]));
text(_, Value) -> io_lib:format("~0tp", [Value]).

watched({process, {Name, _}}) -> pid_to_list(whereis(Name));
watched({_, Pid}) -> pid_to_list(Pid).

line(Where) ->
    case proplists:get_value(line, Where) of
        undefined -> "";
        Line -> io_lib:format("@~s:~w", [filename:basename(proplists:get_value(file, Where)), Line])
    end.

%% A process's messages as it says itself.
mail(Name) ->
    {messages, Messages} = process_info(whereis(Name), messages),
    Messages.
