%%% @doc The supervision tree.
%%%
%%% ```
%%% bbs_sup (rest_for_one)
%%%   bbs_disk, bbs_board, bbs_chat        what the sessions need
%%%   doors      (simple_one_for_one)      games being played
%%%   sessions   (simple_one_for_one)      callers being served
%%%   bbs_listener                         gives lines to callers
%%%   callers    (simple_one_for_one)      the people outside
%%% '''
%%% Whoever comes later in this list depends on those before: if the disk fails, everything starts
%%% again; if the listener fails, games go on. Sessions, doors and callers are temporary: a lost line is
%%% dialled again by the caller, not by the supervisor.
-module(bbs_sup).
-behaviour(supervisor).

-export([start_link/0, stop/1, start_door/1, start_session/1, start_caller/1]).
-export([start_workers/2, init/1]).

start_link() ->
    supervisor:start_link({local, ?MODULE}, ?MODULE, board).

%% @doc Stop the whole tree and wait until it is gone.
stop(Sup) ->
    unlink(Sup),
    Ref = monitor(process, Sup),
    exit(Sup, shutdown),
    receive
        {'DOWN', Ref, process, Sup, _} -> ok
    end.

start_door(Args) -> supervisor:start_child(doors, Args).

start_session(Args) -> supervisor:start_child(sessions, Args).

start_caller(Args) -> supervisor:start_child(callers, Args).

%% @private A supervisor, registered as `Name', of workers that run `Module'.
start_workers(Name, Module) ->
    supervisor:start_link({local, Name}, ?MODULE, {workers, Module}).

%% @private
init(board) ->
    {ok, {#{strategy => rest_for_one, intensity => 5, period => 10},
          [server(bbs_disk), server(bbs_board), server(bbs_chat),
           workers(doors, bbs_door), workers(sessions, bbs_session),
           server(bbs_listener), workers(callers, bbs_caller)]}};
init({workers, Module}) ->
    {ok, {#{strategy => simple_one_for_one},
          [#{id => Module, start => {Module, start_link, []}, restart => temporary, shutdown => brutal_kill}]}}.

server(Module) ->
    #{id => Module, start => {Module, start_link, []}}.

workers(Name, Module) ->
    #{id => Name, start => {?MODULE, start_workers, [Name, Module]}, type => supervisor}.
