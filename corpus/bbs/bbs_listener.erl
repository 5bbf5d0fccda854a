%%% @doc The connection handler: a number of telephone lines, and a session for whoever gets one.
-module(bbs_listener).
-behaviour(gen_server).

-export([start_link/0, dial/0, lines/0]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

-define(LINES, 16).

-record(state, {free :: [pos_integer()],                 % lines nobody uses, lowest first
                used = #{} :: #{reference() => pos_integer()}}). % by the monitor of the line's session

start_link() ->
    gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).

%% @doc Call the board. The session writes to the process that dialled, until one of the two ends.
-spec dial() -> {ok, Session :: pid()} | busy.
dial() ->
    gen_server:call(?MODULE, {dial, self()}, infinity).

%% @doc How many lines are free, and how many are in use.
-spec lines() -> {non_neg_integer(), non_neg_integer()}.
lines() ->
    gen_server:call(?MODULE, lines, infinity).

%% @private
init([]) ->
    {ok, #state{free = lists:seq(1, ?LINES)}}.

%% @private
handle_call({dial, _}, _, #state{free = []} = State) ->
    {reply, busy, State};
handle_call({dial, Caller}, _, #state{free = [Line | Free], used = Used}) ->
    {ok, Session} = bbs_sup:start_session([Caller, Line]),
    Ref = monitor(process, Session),
    {reply, {ok, Session}, #state{free = Free, used = Used#{Ref => Line}}};
handle_call(lines, _, #state{free = Free, used = Used} = State) ->
    {reply, {length(Free), map_size(Used)}, State}.

%% @private
handle_cast(_, State) ->
    {noreply, State}.

%% @private A session has ended, in whatever way: its line is free.
handle_info({'DOWN', Ref, process, _, _}, #state{free = Free, used = Used}) ->
    {Line, Rest} = maps:take(Ref, Used),
    {noreply, #state{free = lists:merge([Line], Free), used = Rest}}.
