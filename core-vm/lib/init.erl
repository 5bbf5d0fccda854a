%% Stands for OTP's init: the first process of a VM. It starts what programs find running under OTP,
%% then the program, and afterwards answers what this module's functions ask.
-module(init).

-export([start/3, do_boot/3]).
-export([stop/0, stop/1, restart/0, restart/1, reboot/0]).
-export([get_argument/1, get_arguments/0, get_plain_arguments/0, get_status/0, script_id/0]).
-export([notify_when_started/1, wait_until_started/0]).
-export([objfile_extension/0, archive_extension/0, code_path_choice/0]).

-define(TRACE_DEPTH, 8).

%% Module, function, and arguments as atoms.
start(Module, Function, Args) ->
    register(init, self()),
    process_flag(trap_exit, true),
    User = cryo_io:start(user, 1),
    cryo_io:start(standard_error, 2),
    group_leader(User, self()),
    cryo_logger:start(),
    cryo_code:start(),
    cryo_file:start(),
    cryo_sup:start(),
    application_table(),
    spawn_link(?MODULE, do_boot, [Module, Function, Args]),
    loop([atom_to_list(Arg) || Arg <- Args]).

%% What application:get_env and its like look into; nothing is set.
application_table() ->
    ets:new(ac_tab, [set, named_table, public, {read_concurrency, true}]).

%% The program, as `-s Module Function Args`. Names and arities are those that programs see in their
%% stack traces under OTP.
do_boot(Module, Function, Args) ->
    process_flag(trap_exit, true),
    try start_em([Module, Function | Args]) of
        _ -> halt(0)
    catch
        Class:Reason:Trace -> failed(Class, Reason, Trace)
    end.

start_em([Module, Function]) ->
    Module:Function(),
    ok;
start_em([Module, Function | Args]) ->
    Module:Function(Args),
    ok.

failed(exit, normal, _) -> ok;
failed(exit, Reason, _) -> crash(Reason);
failed(error, Reason, Trace) -> crash({Reason, Trace});
failed(throw, Term, Trace) -> crash({{nocatch, Term}, Trace}).

crash(Reason) ->
    Text = "init terminating in do_boot",
    erlang:display({Text, Reason}),
    halt(Text ++ " (" ++ brief(Reason, 0) ++ ")").

%% A term in few levels, with what needs no library.
brief(Term, _) when is_atom(Term) -> atom_to_list(Term);
brief(Term, _) when is_integer(Term) -> integer_to_list(Term);
brief(Term, _) when is_float(Term) -> float_to_list(Term);
brief(Term, Depth) when is_tuple(Term), Depth >= 4 -> "{_}";
brief(Term, Depth) when is_tuple(Term) ->
    "{" ++ commas([brief(Part, Depth + 1) || Part <- tuple_to_list(Term)]) ++ "}";
brief([], _) -> "[]";
brief(Term, Depth) when is_list(Term), Depth >= 4 -> "[_]";
brief(Term, Depth) when is_list(Term) ->
    case is_text(Term) of
        true -> Term;
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

%% Requests.

stop() -> stop(0).

stop(Status) when is_integer(Status), Status >= 0; is_list(Status) ->
    init ! {stop, Status},
    ok;
stop(Status) ->
    erlang:error(badarg, [Status]).

restart() -> stop().
restart(_) -> stop().
reboot() -> stop().

get_argument(Flag) -> request({get_argument, Flag}).
get_arguments() -> request(get_arguments).
get_plain_arguments() -> request(get_plain_arguments).
get_status() -> request(get_status).
script_id() -> request(script_id).

notify_when_started(_) -> started.
wait_until_started() -> ok.

objfile_extension() -> ".beam".
archive_extension() -> ".ez".
code_path_choice() -> strict.

request(Request) ->
    init ! {self(), Request},
    receive {init, Reply} -> Reply end.

loop(Plain) ->
    receive
        {stop, Status} -> halt(Status);
        {From, Request} when is_pid(From) -> From ! {init, answer(Request, Plain)};
        _ -> ok
    end,
    loop(Plain).

answer({get_argument, root}, _) -> {ok, [[cryo_code:root_dir()]]};
answer({get_argument, _}, _) -> error;
answer(get_arguments, _) -> [];
answer(get_plain_arguments, Plain) -> Plain;
answer(get_status, _) -> {started, started};
answer(script_id, _) -> {"cryo", "1"};
answer(_, _) -> error.
