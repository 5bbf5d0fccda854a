%% Stands for OTP's code_server and erl_prim_loader: what the functions of OTP's module code ask them.
-module(cryo_code).

-export([start/0, init/0, init_loader/0, root_dir/0]).

%% path: installed until somebody changes it. What that is is the machine's own, and asked for when it is
%% needed: a program that does not ask runs the same everywhere.
-record(code, {path = installed, loaded = #{}}).

start() ->
    Server = spawn(?MODULE, init, []),
    register(code_server, Server),
    register(erl_prim_loader, spawn(?MODULE, init_loader, [])),
    Server.

init() ->
    loop(#code{}).

loop(State) ->
    receive
        {code_call, From, Request} ->
            {Reply, Next} = request(Request, State),
            From ! {code_server, Reply},
            loop(Next);
        _ ->
            loop(State)
    end.

request({ensure_loaded, Module}, State) ->
    case erlang:module_loaded(Module) of
        true -> {{module, Module}, State};
        false -> load_file(Module, State)
    end;
request({load_file, Module}, State) ->
    load_file(Module, State);
request({load_abs, File, _}, State) ->
    load_abs(File, State);
request({load_binary, Module, File, Binary}, State) ->
    load(Module, Binary, File, State);
request({finish_loading, Prepared, EnsureLoaded}, State) ->
    finish_loading([P || {Module, _} = P <- Prepared,
                         not (EnsureLoaded andalso erlang:module_loaded(Module))], State);
request({delete, Module}, State) ->
    {catch_badarg(fun() -> delete(Module) end), State};
request({purge, Module}, State) ->
    {purge(Module), State};
request({soft_purge, Module}, State) ->
    {soft_purge(Module), State};
request({is_loaded, Module}, State) ->
    {is_loaded(Module, State), State};
request(all_loaded, State) ->
    {[{Module, file(Module, State)} || Module <- erlang:loaded()], State};
request({get_object_code, Module}, State) ->
    {object_code(Module), State};
request({is_sticky, _}, State) ->
    {false, State};
request(get_mode, State) ->
    {interactive, State};
request(Request, State) ->
    path_request(Request, State).

path_request(Request, #code{path = installed} = State) ->
    Installed = cryo:code_path(),
    case path_request(Request, State#code{path = Installed}) of
        {Reply, #code{path = Installed}} -> {Reply, State};
        Changed -> Changed
    end;
path_request(get_path, #code{path = Path} = State) ->
    {Path, State};
path_request({set_path, Path}, State) ->
    {true, State#code{path = Path}};
path_request({add_path, last, Dir}, #code{path = Path} = State) ->
    {true, State#code{path = lists:delete(Dir, Path) ++ [Dir]}};
path_request({add_path, first, Dir}, #code{path = Path} = State) ->
    {true, State#code{path = [Dir | lists:delete(Dir, Path)]}};
path_request({add_paths, last, Dirs}, #code{path = Path} = State) ->
    {ok, State#code{path = (Path -- Dirs) ++ Dirs}};
path_request({add_paths, first, Dirs}, #code{path = Path} = State) ->
    {ok, State#code{path = lists:reverse(Dirs) ++ (Path -- Dirs)}};
path_request({del_path, Dir}, #code{path = Path} = State) ->
    {lists:member(Dir, Path), State#code{path = lists:delete(Dir, Path)}};
path_request({dir, root_dir}, State) ->
    {root_dir(), State};
path_request({dir, lib_dir}, State) ->
    {filename:join(root_dir(), "lib"), State};
path_request({dir, {lib_dir, Name}}, State) ->
    {lib_dir(Name, State), State};
path_request({dir, {priv_dir, Name}}, State) ->
    {beside(lib_dir(Name, State), "priv"), State};
path_request(_, State) ->
    {{error, enotsup}, State}.

%% Loading.

load_file(Module, State) ->
    case cryo:find_module(Module) of
        {Binary, File} -> load(Module, Binary, File, State);
        error -> {{error, nofile}, State}
    end.

load_abs(File, State) ->
    Name = File ++ ".beam",
    case cryo:read_file(Name) of
        {ok, Binary} -> load(list_to_atom(filename:basename(File)), Binary, Name, State);
        {error, _} -> {{error, nofile}, State}
    end.

%% What was current becomes old, after what was old has been thrown away.
load(Module, Binary, File, #code{loaded = Loaded} = State) when is_binary(Binary) ->
    purge(Module),
    case cryo:load(Module, Binary, path_of(File)) of
        {module, Module} = Result ->
            case run_on_load(Module) of
                ok -> {Result, State#code{loaded = Loaded#{Module => File}}};
                Failure -> {Failure, State}
            end;
        {error, _} = Error -> {Error, State}
    end;
load(_, _, _, State) ->
    {{error, badarg}, State}.

%% A process of its own runs the on_load function, which may do anything.
run_on_load(Module) ->
    case cryo:on_load_pending(Module) of
        false -> ok;
        true ->
            {_, Ref} = spawn_monitor(fun() -> exit({on_load, erlang:call_on_load_function(Module)}) end),
            receive
                {'DOWN', Ref, _, _, {on_load, ok}} ->
                    erlang:finish_after_on_load(Module, true),
                    ok;
                {'DOWN', Ref, _, _, _} ->
                    erlang:finish_after_on_load(Module, false),
                    {error, on_load_failure}
            end
    end.

finish_loading(Prepared, #code{loaded = Loaded} = State) ->
    lists:foreach(fun({Module, _}) -> purge(Module) end, Prepared),
    case erlang:finish_loading([Code || {_, {Code, _, _}} <- Prepared]) of
        ok ->
            Files = maps:from_list([{Module, File} || {Module, {_, File, _}} <- Prepared]),
            {ok, State#code{loaded = maps:merge(Loaded, Files)}};
        {Reason, Modules} ->
            {{error, [{Module, Reason} || Module <- Modules]}, State}
    end.

path_of(File) when is_list(File) -> File;
path_of(_) -> "".

object_code(Module) ->
    case cryo:find_module(Module) of
        {Binary, File} -> {Module, Binary, File};
        error -> error
    end.

is_loaded(Module, State) ->
    case erlang:module_loaded(Module) of
        true -> {file, file(Module, State)};
        false -> false
    end.

file(Module, #code{loaded = Loaded}) ->
    case Loaded of
        #{Module := File} ->
            File;
        _ ->
            case cryo:source(Module) of
                [_ | _] = File -> File;
                _ -> preloaded
            end
    end.

delete(Module) ->
    case erlang:module_loaded(Module) of
        true -> erlang:delete_module(Module) =/= undefined;
        false -> false
    end.

purge(Module) ->
    {_, Killed} = erts_code_purger:purge(Module),
    Killed.

soft_purge(Module) ->
    erts_code_purger:soft_purge(Module).

catch_badarg(Fun) ->
    try Fun()
    catch error:badarg -> false
    end.

%% Folders.

%% stdlib lies in lib/stdlib-4.2/ebin or lib/stdlib/ebin.
root_dir() ->
    case cryo:find_module(lists) of
        {_, File} -> up(4, File);
        error -> ""
    end.

up(0, File) -> File;
up(N, File) -> up(N - 1, filename:dirname(File)).

lib_dir(Name, #code{path = Path}) ->
    case [Dir || Dir <- Path, is_lib(atom_to_list(Name), Dir)] of
        [Dir | _] -> filename:dirname(Dir);
        [] -> {error, bad_name}
    end.

is_lib(Name, Dir) ->
    Base = filename:basename(filename:dirname(Dir)),
    filename:basename(Dir) =:= "ebin" andalso
        (Base =:= Name orelse lists:prefix(Name ++ "-", Base)).

beside({error, _} = Error, _) -> Error;
beside(Dir, Name) -> filename:join(Dir, Name).

%% What erl_prim_loader is asked.

init_loader() ->
    receive
        {From, Request} when is_pid(From) -> From ! {self(), loader(Request)};
        _ -> ok
    end,
    init_loader().

loader({get_modules, {Modules, Fun, _Path}}) ->
    Results = [{Module, get_module(Module, Fun)} || Module <- Modules],
    {ok, {[{Module, Result} || {Module, {ok, Result}} <- Results],
          [{Module, Reason} || {Module, {error, Reason}} <- Results]}};
loader({get_file, File}) ->
    case cryo:read_file(File) of
        {ok, Binary} -> {ok, Binary, File};
        {error, _} -> error
    end;
loader(_) ->
    error.

get_module(Module, Fun) ->
    case cryo:find_module(Module) of
        {Binary, File} -> Fun(Module, File, Binary);
        error -> {error, nofile}
    end.
