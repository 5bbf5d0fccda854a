%% A supervisor with a server, a worker that spawns a helper, and a child that was stopped.
-module(kids).
-behaviour(supervisor).
-export([main/0, init/1, worker/1, wait/0]).
-export([start_server/0, handle_call/3, handle_cast/2]).

main() ->
    {ok, _} = supervisor:start_link({local, kids}, ?MODULE, top),
    ok = supervisor:terminate_child(kids, {idle, 2}),
    wait().

init(top) ->
    {ok, {{one_for_one, 3, 5},
          [{server, {?MODULE, start_server, []}, permanent, 100, worker, [?MODULE]},
           {{idle, 1}, {?MODULE, worker, [[helper]]}, transient, 100, worker, [?MODULE]},
           {{idle, 2}, {?MODULE, worker, [[]]}, transient, 100, worker, [?MODULE]},
           {{idle, 3}, {?MODULE, worker, [[]]}, permanent, 100, worker, [?MODULE]}]}};
init(server) -> {ok, #{orders => 3, open => [1, 2]}}.

start_server() -> gen_server:start_link({local, kids_server}, ?MODULE, server, []).
handle_call(_, _, State) -> {reply, ok, State}.
handle_cast(_, State) -> {noreply, State}.

worker(Helpers) ->
    {ok, spawn_link(fun() -> [spawn(?MODULE, wait, []) || _ <- Helpers], wait() end)}.

wait() ->
    receive never -> ok end.
