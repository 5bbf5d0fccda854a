%% An I/O server over a file descriptor: the Erlang I/O protocol, as OTP's user answers it when there
%% is no terminal and no shell.
-module(cryo_io).

-export([start/2, open/2, init/2]).

%% fd: 1 (with standard input), 2, or `file`: a file to be read, whose bytes are all in `rest`.
-record(io, {fd, encoding = latin1, binary = false, rest = <<>>, eof = false}).

%% What file:open gives for a file that is read.
open(Bytes, Modes) ->
    Encoding = proplists:get_value(encoding, Modes, latin1),
    Io = #io{fd = file, rest = Bytes, binary = proplists:get_bool(binary, Modes),
             encoding = case Encoding of utf8 -> unicode; _ -> Encoding end},
    spawn(fun() -> loop(Io) end).

start(Name, Fd) ->
    Server = spawn(?MODULE, init, [Name, Fd]),
    register(Name, Server),
    group_leader(Server, Server),
    Server.

init(_Name, Fd) ->
    process_flag(trap_exit, true),
    loop(#io{fd = Fd}).

loop(Io) ->
    receive
        {io_request, From, ReplyAs, Request} ->
            {Reply, Next} = request(Request, Io),
            From ! {io_reply, ReplyAs, Reply},
            loop(Next);
        {file_request, From, ReplyAs, close} when Io#io.fd =:= file ->
            From ! {file_reply, ReplyAs, ok};
        {file_request, From, ReplyAs, Request} when Io#io.fd =:= file ->
            {Reply, Next} = file_request(Request, Io),
            From ! {file_reply, ReplyAs, Reply},
            loop(Next);
        _ ->
            loop(Io)
    end.

%% Requests of module file to an open file.
file_request({read, Size}, #io{rest = <<>>} = Io) when Size > 0 ->
    {eof, Io};
file_request({read, Size}, #io{rest = Rest} = Io) ->
    {Part, Left} = split_binary(Rest, min(Size, byte_size(Rest))),
    {{ok, case Io#io.binary of true -> Part; false -> binary_to_list(Part) end},
     Io#io{rest = Left}};
file_request(_, Io) ->
    {{error, enotsup}, Io}.

request({put_chars, _, _}, #io{fd = file} = Io) ->
    {{error, ebadf}, Io};
request({put_chars, _, _, _, _}, #io{fd = file} = Io) ->
    {{error, ebadf}, Io};
request({put_chars, Encoding, Chars}, Io) ->
    {put(Chars, Encoding, Io), Io};
request({put_chars, Encoding, Module, Function, Args}, Io) ->
    {put_applied(Module, Function, Args, Encoding, Io), Io};
request({put_chars, Chars}, Io) ->
    {put(Chars, latin1, Io), Io};
request({put_chars, Module, Function, Args}, Io) ->
    {put_applied(Module, Function, Args, latin1, Io), Io};
request({get_line, Encoding, Prompt}, #io{fd = Fd} = Io) when Fd =/= 2 ->
    get(Prompt, Encoding, fun get_line/3, none, Io);
request({get_chars, Encoding, Prompt, N}, #io{fd = Fd} = Io)
  when Fd =/= 2, is_integer(N), N >= 0 ->
    get(Prompt, Encoding, fun get_chars/3, N, Io);
request({get_chars, Encoding, Prompt, Module, Function, Arg}, #io{fd = Fd} = Io) when Fd =/= 2 ->
    get(Prompt, Encoding, fun get_until/3, {Module, Function, [Arg]}, Io);
request({get_until, Encoding, Prompt, Module, Function, Args}, #io{fd = Fd} = Io) when Fd =/= 2 ->
    get(Prompt, Encoding, fun get_until/3, {Module, Function, Args}, Io);
request({get_line, Prompt}, Io) ->
    request({get_line, latin1, Prompt}, Io);
request({get_chars, Prompt, N}, Io) ->
    request({get_chars, latin1, Prompt, N}, Io);
request({get_until, Prompt, Module, Function, Args}, Io) ->
    request({get_until, latin1, Prompt, Module, Function, Args}, Io);
request({get_geometry, _}, Io) ->
    {{error, enotsup}, Io};
request({setopts, Options}, Io) when is_list(Options) ->
    setopts(Options, Io);
request(getopts, #io{fd = 1} = Io) ->
    {[{binary, Io#io.binary}, {encoding, Io#io.encoding}], Io};
request(getopts, Io) ->
    {[{encoding, Io#io.encoding}], Io};
request({requests, Requests}, Io) when is_list(Requests) ->
    requests(Requests, {ok, Io});
request(_, Io) ->
    {{error, request}, Io}.

requests([Request | Rest], {Result, Io}) when element(1, Result) =/= error; Result =:= ok ->
    requests(Rest, request(Request, Io));
requests(_, Result) ->
    Result.

%% Writing.

put_applied(Module, Function, Args, Encoding, Io) ->
    try apply(Module, Function, Args) of
        Chars -> put(Chars, Encoding, Io)
    catch
        _:_ -> {error, put_chars}
    end.

put(Chars, Encoding, #io{fd = Fd, encoding = To}) ->
    try unicode:characters_to_binary(Chars, Encoding, To) of
        Bytes when is_binary(Bytes) -> cryo:write(Fd, Bytes);
        {error, Done, Rest} -> put_escaped([Done | Rest], Chars, Encoding, Fd);
        {incomplete, _, _} -> {error, put_chars}
    catch
        _:_ -> {error, put_chars}
    end.

%% Characters that Latin-1 has not are written as \x{...}.
put_escaped(_, Chars, Encoding, Fd) ->
    case unicode:characters_to_list(Chars, Encoding) of
        List when is_list(List) ->
            cryo:write(Fd, [escaped(C) || C <- List]);
        _ ->
            {error, put_chars}
    end.

escaped(C) when C > 255 -> ["\\x{", integer_to_list(C, 16), "}"];
escaped(C) -> C.

%% Options.

setopts(Options, Io) ->
    try lists:foldl(fun setopt/2, Io, proplists:unfold(Options)) of
        Next -> {ok, Next}
    catch
        throw:enotsup -> {{error, enotsup}, Io}
    end.

setopt({binary, Binary}, Io) when is_boolean(Binary) -> Io#io{binary = Binary};
setopt({list, List}, Io) when is_boolean(List) -> Io#io{binary = not List};
setopt({encoding, Encoding}, Io) when Encoding =:= latin1; Encoding =:= unicode ->
    Io#io{encoding = Encoding};
setopt({encoding, utf8}, Io) -> Io#io{encoding = unicode};
setopt({echo, _}, Io) -> Io;
setopt(_, _) -> throw(enotsup).

%% Reading. A reader gets characters that are there, as a list, and says {done, Result, Rest} or
%% more; `eof` when there will be no more.

get(Prompt, Encoding, Reader, Arg, Io) ->
    prompt(Prompt, Io),
    try read(Reader, Arg, start, Io) of
        {Result, Next} -> {result(Result, Encoding, Next), Next}
    catch
        throw:{failed, Reason, Next} -> {{error, Reason}, Next}
    end.

prompt(_, #io{fd = file}) ->
    ok;
prompt(Prompt, Io) ->
    put(io_lib:format_prompt(Prompt, Io#io.encoding), unicode, Io).

read(Reader, Arg, State, #io{eof = true, rest = <<>>} = Io) ->
    case Reader(State, eof, Arg) of
        {done, Result, _} -> {Result, Io#io{eof = false}};
        {more, _} -> {eof, Io#io{eof = false}}
    end;
read(Reader, Arg, State, #io{rest = <<>>} = Io) ->
    read(Reader, Arg, State, fill(Io));
read(Reader, Arg, State, Io) ->
    {Chars, Incomplete} = characters(Io),
    case Reader(State, Chars, Arg) of
        {done, Result, Rest} ->
            {Result, Io#io{rest = kept(Rest, Incomplete, Io)}};
        {more, NewState} when Incomplete =:= <<>>; Io#io.eof ->
            read(Reader, Arg, NewState, Io#io{rest = <<>>});
        {more, NewState} ->
            read(Reader, Arg, NewState, fill(Io#io{rest = Incomplete}))
    end.

fill(#io{fd = file} = Io) ->
    Io#io{eof = true};
fill(#io{rest = Rest} = Io) ->
    case cryo:read(4096) of
        eof -> Io#io{eof = true};
        Bytes -> Io#io{rest = <<Rest/binary, Bytes/binary>>}
    end.

%% What was read as a list of characters, and what is no whole character yet.
characters(#io{rest = Rest, encoding = Encoding} = Io) ->
    case unicode:characters_to_list(Rest, Encoding) of
        Chars when is_list(Chars) -> {Chars, <<>>};
        {incomplete, Chars, Incomplete} -> {Chars, Incomplete};
        {error, _, _} -> throw({failed, {no_translation, Encoding, unicode}, Io#io{rest = <<>>}})
    end.

kept(eof, _, _) -> <<>>;
kept(Chars, Incomplete, #io{encoding = Encoding}) ->
    <<(unicode:characters_to_binary(Chars, unicode, Encoding))/binary, Incomplete/binary>>.

get_line(start, Chars, Arg) -> get_line([], Chars, Arg);
get_line([], eof, _) -> {done, eof, []};
get_line(Line, eof, _) -> {done, lists:reverse(Line), []};
get_line(Line, [$\n | Rest], _) -> {done, lists:reverse(Line, [$\n]), Rest};
get_line(Line, [$\r, $\n | Rest], _) -> {done, lists:reverse(Line, [$\n]), Rest};
get_line(Line, [C | Rest], Arg) -> get_line([C | Line], Rest, Arg);
get_line(Line, [], _) -> {more, Line}.

get_chars(start, Chars, N) -> get_chars({0, []}, Chars, N);
get_chars({N, Got}, Rest, N) -> {done, lists:reverse(Got), Rest};
get_chars({0, []}, eof, _) -> {done, eof, []};
get_chars({_, Got}, eof, _) -> {done, lists:reverse(Got), []};
get_chars({Count, Got}, [C | Rest], N) -> get_chars({Count + 1, [C | Got]}, Rest, N);
get_chars(State, [], _) -> {more, State}.

get_until(start, Chars, Arg) -> get_until([], Chars, Arg);
get_until(Continuation, Chars, {Module, Function, Args}) ->
    try apply(Module, Function, [Continuation, Chars | Args]) of
        {done, Result, eof} -> {done, Result, []};
        {done, Result, Rest} -> {done, Result, Rest};
        {more, Next} -> {more, Next};
        Other -> {more, Other}
    catch
        _:_ -> {done, {error, Function}, []}
    end.

%% Lines and characters are given as the device's options say.
result(Text, Encoding, #io{binary = true}) when is_list(Text) ->
    case unicode:characters_to_binary(Text, unicode, Encoding) of
        Binary when is_binary(Binary) -> Binary;
        _ -> {error, {no_translation, unicode, Encoding}}
    end;
result(Text, latin1, _) when is_list(Text) ->
    case lists:all(fun(C) -> not is_integer(C) orelse C < 256 end, Text) of
        true -> Text;
        false -> {error, {no_translation, unicode, latin1}}
    end;
result(Result, _, _) ->
    Result.
