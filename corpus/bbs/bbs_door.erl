%%% @doc Doors: programs which the board runs on a caller's behalf and steps out of the way.
%%%
%%% A door is a module with `play/1'. It runs in a process of its own, talks to the caller with
%%% {@link say/2} and {@link ask/2}, and when it returns (or crashes) the caller is back at the menu.
%%% What it says of the game's outcome it begins with a star, so that scripts can find it.
-module(bbs_door).

-export([start_link/4, find/1, say/2, ask/2, user/1, random/1]).
-export_type([tty/0]).

-record(tty, {user :: binary(), game :: non_neg_integer(), session :: pid()}).
-opaque tty() :: #tty{}.

-callback play(tty()) -> term().

%% @doc Run a door for `User', whose `Game'th door in this call it is.
-spec start_link(module(), binary(), non_neg_integer(), pid()) -> {ok, pid()}.
start_link(Door, User, Game, Session) ->
    Tty = #tty{user = User, game = Game, session = Session},
    {ok, proc_lib:spawn_link(fun() -> run(Door, Tty) end)}.

%% If the session ends in the middle of a game, the next question notices.
run(Door, #tty{session = Session} = Tty) ->
    monitor(process, Session),
    Door:play(Tty).

%% @doc The door callers know by this name.
-spec find(binary()) -> {ok, module()} | error.
find(<<"guess">>) -> {ok, bbs_door_guess};
find(<<"duel">>) -> {ok, bbs_door_duel};
find(_) -> error.

%% @doc Show the caller a text.
-spec say(tty(), iodata()) -> ok.
say(#tty{session = Session}, Text) ->
    Session ! {door, self(), iolist_to_binary(Text)},
    ok.

%% @doc Show a prompt and wait for a line. Whatever else is in the mailbox stays there.
-spec ask(tty(), iodata()) -> binary().
ask(Tty, Prompt) ->
    say(Tty, Prompt),
    receive
        {line, Line} -> Line;
        {'DOWN', _, process, _, _} -> exit(normal)
    end.

-spec user(tty()) -> binary().
user(#tty{user = User}) -> User.

%% @doc A random generator which depends on who plays and for the how manieth time, and on nothing else.
-spec random(tty()) -> rand:state().
random(#tty{user = User, game = Game}) ->
    rand:seed_s(exsss, erlang:phash2({User, Game})).
