%%% @doc A door: guess the number.
-module(bbs_door_guess).
-behaviour(bbs_door).

-export([play/1]).

%% @doc Play until the number is found.
play(Tty) ->
    {Number, _} = rand:uniform_s(100, bbs_door:random(Tty)),
    bbs_door:say(Tty, <<"a number from 1 to 100">>),
    turn(Tty, Number, 1).

turn(Tty, Number, Turn) ->
    bbs_door:say(Tty, ["turn ", integer_to_list(Turn)]),
    case binary_to_integer(bbs_door:ask(Tty, <<"guess> ">>)) of
        Number -> bbs_door:say(Tty, <<"* right">>);
        Guess when Guess < Number -> again(Tty, <<"* more">>, Number, Turn);
        _ -> again(Tty, <<"* less">>, Number, Turn)
    end.

again(Tty, Hint, Number, Turn) ->
    bbs_door:say(Tty, Hint),
    turn(Tty, Number, Turn + 1).
