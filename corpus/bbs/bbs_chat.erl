%%% @doc The chat server: rooms, who is in them, and what is said to everybody else in the room.
-module(bbs_chat).
-behaviour(gen_server).

-export([start_link/0, join/2, leave/1, say/2]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

%% A room is its members by process, each with his name and the monitor that tells when he is gone.
-type room() :: #{pid() => {Name :: binary(), reference()}}.
-type state() :: #{Room :: binary() => room()}.

start_link() ->
    gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).

%% @doc Enter a room under a name. From now on `{chat, Room, From, Text}' messages come in.
join(Room, Name) ->
    gen_server:call(?MODULE, {join, Room, Name}, infinity).

%% @doc Leave a room. Nothing that is said later arrives, but what was said before may.
leave(Room) ->
    gen_server:cast(?MODULE, {leave, Room, self()}).

%% @doc Say something to everybody else in the room; those who are not in it are not heard.
say(Room, Text) ->
    gen_server:cast(?MODULE, {say, Room, self(), Text}).

%% @private
-spec init([]) -> {ok, state()}.
init([]) ->
    {ok, #{}}.

%% @private
handle_call({join, Room, Name}, {Pid, _}, Rooms) ->
    Members = maps:get(Room, Rooms, #{}),
    announce(Room, Members, [Name, " comes in"]),
    {reply, ok, Rooms#{Room => Members#{Pid => {Name, monitor(process, Pid)}}}}.

%% @private
handle_cast({leave, Room, Pid}, Rooms) ->
    {noreply, maps:update_with(Room, fun(Members) -> remove(Room, Pid, Members) end, #{}, Rooms)};
handle_cast({say, Room, Pid, Text}, Rooms) ->
    case Rooms of
        #{Room := #{Pid := {Name, _}} = Members} -> tell(Room, maps:remove(Pid, Members), Name, Text);
        #{} -> ok
    end,
    {noreply, Rooms}.

%% @private
handle_info({'DOWN', _, process, Pid, _}, Rooms) ->
    {noreply, maps:map(fun(Room, Members) -> remove(Room, Pid, Members) end, Rooms)}.

remove(Room, Pid, Members) ->
    case maps:take(Pid, Members) of
        {{Name, Ref}, Rest} ->
            demonitor(Ref, [flush]),
            announce(Room, Rest, [Name, " leaves"]),
            Rest;
        error ->
            Members
    end.

announce(Room, Members, Text) ->
    tell(Room, Members, <<"*">>, iolist_to_binary(Text)).

tell(Room, Members, From, Text) ->
    [Pid ! {chat, Room, From, Text} || Pid <- maps:keys(Members)],
    ok.
