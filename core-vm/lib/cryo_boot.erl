%% The first process of a VM: it starts what programs find running under OTP, then the program,
%% and afterwards answers what the functions of OTP's module init ask.
-module(cryo_boot).

-export([init/4, start_io/1, run/3]).

-define(TRACE_DEPTH, 8).

%% Module, function, arguments as atoms, and the code path as binaries.
init(Module, Function, Args, Path) ->
    register(init, self()),
    process_flag(trap_exit, true),
    start_io(self()),
    start_logger(),
    Code = cryo_code:start(Path),
    application_table(),
    Runner = spawn_link(?MODULE, run, [Module, Function, Args]),
    loop(#{runner => Runner, code => Code, plain => plain_arguments(Args)}).

start_io(Init) ->
    User = cryo_io:start(user, 1),
    cryo_io:start(standard_error, 2),
    group_leader(User, Init).

start_logger() ->
    cryo_logger:start().

%% What application:get_env and its like look into; nothing is set.
application_table() ->
    ets:new(ac_tab, [set, named_table, public, {read_concurrency, true}]).

plain_arguments(Args) ->
    [atom_to_list(Arg) || Arg <- Args].

%% The program, as init runs `-s Module Function Args`.
run(Module, Function, Args) ->
    process_flag(trap_exit, true),
    try start(Module, Function, Args) of
        _ -> halt(0)
    catch
        Class:Reason:Trace -> failed(Class, Reason, Trace)
    end.

start(Module, Function, []) -> Module:Function();
start(Module, Function, Args) -> Module:Function(Args).

failed(exit, normal, _) -> ok;
failed(exit, Reason, _) -> crash(Reason);
failed(error, Reason, Trace) -> crash({Reason, init_trace(Trace)});
failed(throw, Term, Trace) -> crash({{nocatch, Term}, init_trace(Trace)}).

%% As the trace of the process that runs `-s` under OTP ends.
init_trace(Trace) ->
    Own = [{init, start_em, 1, []}, {init, do_boot, 3, []}],
    lists:sublist([Call || Call <- Trace, element(1, Call) =/= ?MODULE] ++ Own, ?TRACE_DEPTH).

crash(Reason) ->
    Text = "init terminating in do_boot",
    erlang:display({Text, Reason}),
    halt(Text ++ " (" ++ brief(Reason, 0) ++ ")").

%% init's way to write a term: few levels, and only what needs no library.
brief(Term, _) when is_atom(Term) -> atom_to_list(Term);
brief(Term, _) when is_integer(Term) -> integer_to_list(Term);
brief(Term, Depth) when is_tuple(Term), Depth >= 4 -> "{_}";
brief(Term, Depth) when is_tuple(Term) ->
    "{" ++ commas([brief(Part, Depth + 1) || Part <- tuple_to_list(Term)]) ++ "}";
brief([], _) -> "[]";
brief(Term, Depth) when is_list(Term) ->
    case is_text(Term) of
        true -> Term;
        false when Depth >= 4 -> "[_]";
        false -> brief_list(Term, Depth)
    end;
brief(_, _) -> "".

brief_list(List, Depth) ->
    try "[" ++ commas([brief(Part, Depth + 1) || Part <- List]) ++ "]"
    catch error:_ -> ""
    end.

is_text([C | Rest]) when is_integer(C), C >= $\s, C =< $~ -> Rest =:= [] orelse is_text(Rest);
is_text(_) -> false.

commas([]) -> "";
commas([Text]) -> Text;
commas([Text | Rest]) -> Text ++ "," ++ commas(Rest).

%% What init answers.
loop(State) ->
    receive
        {stop, {stop, Status}} -> halt(Status);
        {stop, _} -> halt(0);
        {'EXIT', _, _} -> ok;
        {From, Request} when is_pid(From) -> From ! {init, answer(Request, State)};
        _ -> ok
    end,
    loop(State).

answer({get_argument, root}, _) -> {ok, [[cryo_code:root_dir()]]};
answer({get_argument, _}, _) -> error;
answer(get_arguments, _) -> [];
answer(get_plain_arguments, #{plain := Plain}) -> Plain;
answer(get_status, _) -> {started, started};
answer(script_id, _) -> {"cryo", "1"};
answer({notify_when_started, _}, _) -> started;
answer(_, _) -> error.
