%%% @doc Somebody who calls the board: a modem, a script, and a random generator seeded with his name.
%%%
%%% A caller waits for the prompt he expects and skips everything else the board writes, as a terminal
%%% program's script does: what others say in the chat stays in his mailbox until he looks at his screen,
%%% which is at the end of each thing he does.
-module(bbs_caller).

-export([start_link/3]).

-define(REDIAL_MS, 3).

-record(caller, {name :: binary(),
                 session :: undefined | pid(),
                 random :: rand:state(),
                 done = #{} :: #{atom() => non_neg_integer()}}). % what he did, counted

%% @doc A caller who makes `Calls' calls and then sends `{report, Name, Counts}' to `ReportTo'.
-spec start_link(binary(), pos_integer() | infinity, pid()) -> {ok, pid()}.
start_link(Name, Calls, ReportTo) ->
    Caller = #caller{name = Name, random = rand:seed_s(exsss, erlang:phash2(Name))},
    {ok, proc_lib:spawn_link(fun() -> calls(Calls, ReportTo, Caller) end)}.

calls(0, ReportTo, #caller{name = Name, done = Done}) ->
    ReportTo ! {report, Name, Done};
calls(infinity, ReportTo, Caller) ->
    calls(infinity, ReportTo, call(Caller));
calls(Calls, ReportTo, Caller) ->
    calls(Calls - 1, ReportTo, call(Caller)).

%% One call: login, some things to do, goodbye.
call(Caller) ->
    Connected = dial(Caller),
    expect(<<"login> ">>, Connected),
    type(Connected#caller.name, Connected),
    {N, C1} = pick(4, Connected),
    C2 = lists:foldl(fun(_, C) -> something(C) end, C1, lists:seq(1, N + 3)),
    expect(<<"menu> ">>, C2),
    type(<<"q">>, C2),
    expect(<<"goodbye">>, C2),
    look(count(calls, 1, C2)).

%% A line that is busy is dialled again after a while.
dial(Caller) ->
    case bbs_listener:dial() of
        {ok, Session} ->
            Caller#caller{session = Session};
        busy ->
            timer:sleep(?REDIAL_MS),
            dial(Caller)
    end.

something(C0) ->
    expect(<<"menu> ">>, C0),
    {What, C1} = one_of([post, post, post, read, chat, chat, guess, duel, who], C0),
    look(count(actions, 1, do(What, C1))).

do(who, C) ->
    type(<<"w">>, C),
    C;
do(read, C0) ->
    {Board, C1} = board(C0),
    type(<<"b">>, C1),
    answer(<<"board> ">>, [<<"l ">>, Board], C1),
    answer(<<"board> ">>, <<"m">>, C1),
    C1;
do(post, C0) ->
    {Board, C1} = board(C0),
    {Subject, C2} = sentence(C1),
    type(<<"b">>, C2),
    answer(<<"board> ">>, [<<"p ">>, Board, <<" ">>, Subject], C2),
    answer(<<"board> ">>, <<"m">>, C2),
    count(posts, 1, C2);
do(chat, C0) ->
    type(<<"c">>, C0),
    {N, C1} = pick(4, C0),
    C2 = lists:foldl(fun(_, C) -> chatter(C) end, C1, lists:seq(1, N)),
    answer(<<"chat> ">>, <<"/leave">>, C2),
    C2;
do(guess, C) ->
    type(<<"d guess">>, C),
    count(guess_games, 1, guess(1, 100, C));
do(duel, C0) ->
    type(<<"d duel">>, C0),
    C1 = lists:foldl(fun(_, C) -> duel_move(C) end, C0, lists:seq(1, 5)),
    <<Won, " ", Lost, " ", Drawn>> = outcome(C1),
    C2 = count(duel_won, Won - $0, count(duel_lost, Lost - $0, C1)),
    count(duel_games, 1, count(duel_drawn, Drawn - $0, C2)).

%% Says something after thinking about it.
chatter(C0) ->
    {Text, C1} = sentence(C0),
    {Ms, C2} = pick(4, C1),
    timer:sleep(Ms),
    answer(<<"chat> ">>, Text, C2),
    count(said, 1, C2).

%% Halve what is left until the door is content.
guess(Low, High, C0) ->
    Guess = (Low + High) div 2,
    answer(<<"guess> ">>, integer_to_binary(Guess), C0),
    C1 = count(guess_turns, 1, C0),
    case outcome(C1) of
        <<"more">> -> guess(Guess + 1, High, C1);
        <<"less">> -> guess(Low, Guess - 1, C1);
        <<"right">> -> C1
    end.

duel_move(C0) ->
    {Move, C1} = one_of([<<"stone">>, <<"paper">>, <<"scissors">>], C0),
    answer(<<"move> ">>, Move, C1),
    C1.

board(C) ->
    one_of([<<"general">>, <<"jokes">>, <<"trade">>], C).

sentence(C0) ->
    {Who, C1} = one_of(["a modem", "my cat", "the sysop", "nobody", "everybody"], C0),
    {What, C2} = one_of(["sells", "has lost", "wants", "found", "likes"], C1),
    {Which, C3} = one_of(["a door", "the manual", "line 3", "old disks", "good news"], C2),
    {iolist_to_binary([Who, " ", What, " ", Which]), C3}.

%% The wire.

type(Text, #caller{session = Session}) ->
    Session ! {line, iolist_to_binary(Text)}.

answer(Prompt, Text, C) ->
    expect(Prompt, C),
    type(Text, C).

%% Wait for a text which the session writes, and skip the others.
expect(Text, #caller{session = Session}) ->
    receive
        {tty, Session, Text} -> ok
    end.

%% Wait for what a door has to say of the game; it marks that with a star.
outcome(#caller{session = Session}) ->
    receive
        {tty, Session, <<"* ", Text/binary>>} -> Text
    end.

%% Look at the screen: everything that has come and was not waited for, except a prompt.
look(#caller{session = Session} = C) ->
    receive
        {tty, Session, Text} when Text =/= <<"menu> ">> -> look(C)
    after 0 -> C
    end.

count(Key, N, #caller{done = Done} = C) ->
    C#caller{done = maps:update_with(Key, fun(Old) -> Old + N end, N, Done)}.

pick(N, #caller{random = Random} = C) ->
    {X, Random1} = rand:uniform_s(N, Random),
    {X, C#caller{random = Random1}}.

one_of(List, C0) ->
    {I, C1} = pick(length(List), C0),
    {lists:nth(I, List), C1}.
