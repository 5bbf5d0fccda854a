%%% @doc One caller's session: what he sees and what his lines of input mean, by where he is.
%%%
%%% ```
%%% login --name--> menu --b--> board --m--> menu
%%%                 menu --c--> chat --/leave--> menu
%%%                 menu --d NAME--> door --(the door ends)--> menu
%%% '''
%%% Input comes as `{line, Text}' from the caller's process, output goes there as `{tty, Session, Text}'.
%%% A prompt is a text of its own and ends in "> ". A caller who is silent for a minute is put off the line.
-module(bbs_session).
-behaviour(gen_statem).

-export([start_link/2]).
-export([init/1, callback_mode/0, login/3, menu/3, board/3, chat/3, door/3]).

-define(IDLE_MS, 60000).
-define(ROOM, <<"lobby">>).

-record(session, {caller :: pid(),
                  line :: pos_integer(),
                  user = <<"?">> :: binary(),
                  games = 0 :: non_neg_integer(),  % doors opened in this call
                  door :: undefined | {pid(), reference()}}).

%% @doc A session on telephone line `Line' for the process `Caller'.
start_link(Caller, Line) ->
    gen_statem:start_link(?MODULE, {Caller, Line}, []).

%% @private
init({Caller, Line}) ->
    monitor(process, Caller),
    {ok, login, #session{caller = Caller, line = Line}}.

%% @private
callback_mode() ->
    [state_functions, state_enter].

%% @private
login(enter, _, S) ->
    tell(S, ["you are on line ", integer_to_list(S#session.line)]),
    ask(S, <<"login> ">>);
login(info, {line, Name}, S) ->
    tell(S, ["welcome ", Name, ", there are ", integer_to_list(bbs_board:total()), " posts"]),
    {next_state, menu, S#session{user = Name}};
login(Type, Event, S) ->
    anywhere(Type, Event, S).

%% @private
menu(enter, _, S) ->
    ask(S, <<"menu> ">>);
menu(info, {line, <<"b">>}, S) ->
    {next_state, board, S};
menu(info, {line, <<"c">>}, S) ->
    {next_state, chat, S};
menu(info, {line, <<"d ", Name/binary>>}, S) ->
    open_door(bbs_door:find(Name), S);
menu(info, {line, <<"w">>}, S) ->
    {Free, Used} = bbs_listener:lines(),
    tell(S, io_lib:format("~b lines in use, ~b free", [Used, Free])),
    repeat_state_and_data;
menu(info, {line, <<"q">>}, S) ->
    tell(S, <<"goodbye">>),
    {stop, normal};
menu(Type, Event, S) ->
    anywhere(Type, Event, S).

%% @private
board(enter, _, S) ->
    ask(S, <<"board> ">>);
board(info, {line, <<"m">>}, S) ->
    {next_state, menu, S};
board(info, {line, <<"l ", Board/binary>>}, S) ->
    [tell(S, title(Post)) || Post <- bbs_board:latest(Board, 5)],
    repeat_state_and_data;
board(info, {line, <<"p ", Post/binary>>}, S) ->
    case binary:split(Post, <<" ">>) of
        [Board, Subject] ->
            {ok, Id} = bbs_board:post(Board, S#session.user, Subject),
            tell(S, ["written as number ", integer_to_list(Id)]);
        [_] ->
            tell(S, <<"p BOARD SUBJECT, please">>)
    end,
    repeat_state_and_data;
board(Type, Event, S) ->
    anywhere(Type, Event, S).

title({Id, Author, Subject}) ->
    io_lib:format("~4b ~-6ts ~ts", [Id, Author, Subject]).

%% @private Everything typed is said to the room, except what begins with a stroke.
chat(enter, _, S) ->
    bbs_chat:join(?ROOM, S#session.user),
    ask(S, <<"chat> ">>);
chat(info, {line, <<"/leave">>}, S) ->
    bbs_chat:leave(?ROOM),
    {next_state, menu, S};
chat(info, {line, Text}, S) ->
    bbs_chat:say(?ROOM, Text),
    ask(S, <<"chat> ">>);
chat(Type, Event, S) ->
    anywhere(Type, Event, S).

open_door({ok, Door}, #session{games = N, user = User} = S) ->
    {ok, Pid} = bbs_sup:start_door([Door, User, N, self()]),
    {next_state, door, S#session{games = N + 1, door = {Pid, monitor(process, Pid)}}};
open_door(error, S) ->
    tell(S, <<"there is no such door">>),
    repeat_state_and_data.

%% @private While a door is open, input is the door's.
door(enter, _, _) ->
    {keep_state_and_data, idle()};
door(info, {line, _} = Line, #session{door = {Pid, _}}) ->
    Pid ! Line,
    {keep_state_and_data, idle()};
door(info, {door, Pid, Text}, #session{door = {Pid, _}} = S) ->
    tell(S, Text),
    keep_state_and_data;
door(info, {'DOWN', Ref, process, _, _}, #session{door = {_, Ref}} = S) ->
    {next_state, menu, S#session{door = undefined}};
door(Type, Event, S) ->
    anywhere(Type, Event, S).

%% What can happen in every state.
anywhere(info, {chat, Room, From, Text}, S) ->
    tell(S, ["[", Room, "] ", From, ": ", Text]),
    keep_state_and_data;
anywhere(info, {'DOWN', _, process, Caller, _}, #session{caller = Caller}) ->
    {stop, normal};
anywhere(state_timeout, idle, S) ->
    tell(S, <<"are you asleep?">>),
    {stop, normal};
anywhere(info, {line, _}, S) ->
    tell(S, <<"what?">>),
    repeat_state_and_data;
anywhere(info, {door, _, _}, _) ->
    keep_state_and_data.

tell(#session{caller = Caller}, Text) ->
    Caller ! {tty, self(), iolist_to_binary(Text)}.

ask(S, Prompt) ->
    tell(S, Prompt),
    {keep_state_and_data, idle()}.

idle() ->
    [{state_timeout, ?IDLE_MS, idle}].
