%% A sensitive process and a plain one, each with something in its queue, dictionary and stack.
-module(vault).
-export([main/0, open/1]).

main() ->
    Safe = keeper(safe, true),
    Plain = keeper(plain, false),
    [Pid ! {note, code, {4711, 1.5, "word", <<"binary">>, [1 bsl 70, a], #{key => 99}}} || Pid <- [Safe, Plain]],
    erlang:yield(),
    ?MODULE:open(Safe).

open(Pid) -> Pid.

keeper(Name, Sensitive) ->
    Me = self(),
    Pid = spawn(fun() ->
        register(Name, self()),
        process_flag(sensitive, Sensitive),
        put(secret, "dictionary"),
        Me ! ready,
        keep("stack")
    end),
    receive ready -> Pid end.

keep(Secret) ->
    receive stop -> ok end,
    keep(Secret).
