%% A state machine that waits inside one of its events for a message that does not come.
-module(jams_statem).
-behaviour(gen_statem).
-export([init/1, callback_mode/0, idle/3]).

init([]) -> {ok, idle, no_data}.

callback_mode() -> state_functions.

idle(cast, hang, _Data) ->
    receive never -> keep_state_and_data end;
idle({call, From}, Question, _Data) ->
    {keep_state_and_data, [{reply, From, Question}]}.
