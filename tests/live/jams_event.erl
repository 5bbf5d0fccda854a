%% An event handler that waits for a message that does not come.
-module(jams_event).
-behaviour(gen_event).
-export([init/1, handle_event/2, handle_call/2]).

init([]) -> {ok, no_state}.

handle_event(hang, State) ->
    receive never -> {ok, State} end.

handle_call(Question, State) -> {ok, Question, State}.
