%% Files as the world gives them: whole, to be read. Stands for OTP's prim_file.
%%
%% An open file is its bytes and a position; everything that would change something outside is not
%% supported.
-module(prim_file).

-export([open/2, close/1, read/2, read_line/1, pread/2, pread/3, position/2, advise/4]).
-export([read_file/1, read_file_info/1, read_file_info/2, read_link_info/1, read_link_info/2]).
-export([read_handle_info/1, read_handle_info/2, get_cwd/0, get_cwd/1]).
-export([write/2, pwrite/2, pwrite/3, truncate/1, sync/1, datasync/1, allocate/3]).
-export([write_file/2, delete/1, rename/2, make_dir/1, del_dir/1, set_cwd/1, list_dir/1]).
-export([internal_name2native/1, internal_native2name/1, internal_normalize_utf8/1,
         is_translatable/1]).

-include_lib("kernel/include/file.hrl").

-define(NOT_SUPPORTED, {error, enotsup}).

open(Name, Modes) ->
    case lists:any(fun writes/1, Modes) of
        true -> ?NOT_SUPPORTED;
        false -> open_bytes(read_file(Name), lists:member(binary, Modes))
    end.

writes(Mode) -> lists:member(Mode, [write, append, exclusive, directory]).

open_bytes({ok, Bytes}, Binary) ->
    Data = #{bytes => Bytes, position => atomics:new(1, []), binary => Binary},
    {ok, #file_descriptor{module = ?MODULE, data = Data}};
open_bytes(Error, _) ->
    Error.

close(_) -> ok.

read(#file_descriptor{data = #{bytes := Bytes, position := At} = Data}, Size) ->
    From = atomics:get(At, 1),
    case take(Bytes, From, Size) of
        <<>> when Size > 0 ->
            eof;
        Part ->
            atomics:put(At, 1, From + byte_size(Part)),
            {ok, result(Part, Data)}
    end.

read_line(#file_descriptor{data = #{bytes := Bytes, position := At}} = File) ->
    From = atomics:get(At, 1),
    Left = byte_size(Bytes) - From,
    case binary:match(Bytes, <<"\n">>, [{scope, {From, Left}}]) of
        {End, 1} -> read(File, End + 1 - From);
        nomatch -> read(File, max(Left, 1))
    end.

pread(File, Places) ->
    {ok, [element_of(pread(File, At, Size)) || {At, Size} <- Places]}.

element_of({ok, Part}) -> Part;
element_of(eof) -> eof.

pread(#file_descriptor{data = #{bytes := Bytes} = Data}, From, Size) ->
    case take(Bytes, From, Size) of
        <<>> when Size > 0 -> eof;
        Part -> {ok, result(Part, Data)}
    end.

take(Bytes, From, Size) ->
    Left = max(byte_size(Bytes) - From, 0),
    binary:part(Bytes, min(From, byte_size(Bytes)), min(Size, Left)).

result(Part, #{binary := true}) -> Part;
result(Part, _) -> binary_to_list(Part).

position(#file_descriptor{data = #{bytes := Bytes, position := At}}, Where) ->
    case place(Where, atomics:get(At, 1), byte_size(Bytes)) of
        To when is_integer(To), To >= 0 ->
            atomics:put(At, 1, To),
            {ok, To};
        _ ->
            {error, einval}
    end.

place(bof, _, _) -> 0;
place(cur, Current, _) -> Current;
place(eof, _, End) -> End;
place({bof, N}, _, _) -> N;
place({cur, N}, Current, _) -> Current + N;
place({eof, N}, _, End) -> End + N;
place(N, _, _) -> N.

advise(_, _, _, _) -> ok.

read_file(Name) ->
    try cryo:read_file(Name)
    catch error:badarg -> {error, badarg}
    end.

%% What can be told from the bytes.
read_file_info(Name) -> read_file_info(Name, []).

read_file_info(Name, _) ->
    case read_file(Name) of
        {ok, Bytes} -> {ok, info(regular, byte_size(Bytes))};
        {error, eisdir} -> {ok, info(directory, 0)};
        Error -> Error
    end.

info(Type, Size) -> #file_info{size = Size, type = Type, access = read}.

read_link_info(Name) -> read_file_info(Name).
read_link_info(Name, Options) -> read_file_info(Name, Options).

read_handle_info(File) -> read_handle_info(File, []).

read_handle_info(#file_descriptor{data = #{bytes := Bytes}}, _) ->
    {ok, info(regular, byte_size(Bytes))}.

get_cwd() ->
    case os:getenv("PWD") of
        false -> {error, enoent};
        Folder -> {ok, Folder}
    end.

get_cwd(_) -> ?NOT_SUPPORTED.

write(_, _) -> ?NOT_SUPPORTED.
pwrite(_, _) -> ?NOT_SUPPORTED.
pwrite(_, _, _) -> ?NOT_SUPPORTED.
truncate(_) -> ?NOT_SUPPORTED.
sync(_) -> ok.
datasync(_) -> ok.
allocate(_, _, _) -> ?NOT_SUPPORTED.
write_file(_, _) -> ?NOT_SUPPORTED.
delete(_) -> ?NOT_SUPPORTED.
rename(_, _) -> ?NOT_SUPPORTED.
make_dir(_) -> ?NOT_SUPPORTED.
del_dir(_) -> ?NOT_SUPPORTED.
set_cwd(_) -> ?NOT_SUPPORTED.
list_dir(_) -> ?NOT_SUPPORTED.

%% Names are UTF-8.
internal_name2native(Name) when is_binary(Name) -> Name;
internal_name2native(Name) -> unicode:characters_to_binary(Name).

internal_native2name(Name) -> unicode:characters_to_list(Name).
internal_normalize_utf8(Name) -> unicode:characters_to_nfc_list(Name).
is_translatable(Name) -> is_list(unicode:characters_to_list(Name)).
