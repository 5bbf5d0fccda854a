%%% @doc A door: scissors, paper and stone against the house, five rounds.
%%%
%%% The house plays in a process of its own and sends all its moves at once; the game takes them one by one,
%%% each after the caller's, by a selective receive that skips what is not its turn yet. So while a game
%%% waits for its caller, the moves of the house are in its mailbox, looked at and left.
-module(bbs_door_duel).
-behaviour(bbs_door).

-export([play/1]).

-define(ROUNDS, 5).

%% @doc Play five rounds and say how they went.
play(Tty) ->
    Game = self(),
    House = spawn_link(fun() -> house(Game, bbs_door:random(Tty), ?ROUNDS) end),
    Results = [turn(Tty, House, Round) || Round <- lists:seq(1, ?ROUNDS)],
    Count = fun(Result) -> integer_to_list(length([R || R <- Results, R =:= Result])) end,
    bbs_door:say(Tty, ["* ", Count(won), " ", Count(lost), " ", Count(drawn)]).

turn(Tty, House, Round) ->
    Mine = bbs_door:ask(Tty, <<"move> ">>),
    Theirs = receive {move, House, Round, Move} -> Move end,
    Result = result(Mine, Theirs),
    bbs_door:say(Tty, [Mine, " against ", Theirs, ": ", atom_to_binary(Result)]),
    Result.

house(_, _, 0) ->
    ok;
house(Game, Random, Round) ->
    {I, Random1} = rand:uniform_s(3, Random),
    Game ! {move, self(), Round, element(I, {<<"stone">>, <<"paper">>, <<"scissors">>})},
    house(Game, Random1, Round - 1).

result(Same, Same) -> drawn;
result(<<"stone">>, <<"scissors">>) -> won;
result(<<"scissors">>, <<"paper">>) -> won;
result(<<"paper">>, <<"stone">>) -> won;
result(_, _) -> lost.
