%% Large and shared binaries: appending in loops, slices kept alive, messages, garbage.
-module(bin_large).
-export([main/0]).

main() ->
    Built = build(50000, <<>>),
    p([byte_size(Built), erlang:crc32(Built), erlang:md5(Built)]),
    p([erlang:phash2(Built), sum(Built, 0)]),
    Slices = [binary:part(Built, I * 1000, 50) || I <- lists:seq(0, 40)],
    erlang:garbage_collect(),
    p([erlang:crc32(S) || S <- Slices]),
    p(erlang:crc32(lists:reverse(Slices))),
    p(workers(Built, 8)),
    Lines = lines(2000),
    p([length(Lines), byte_size(iolist_to_binary(Lines)), erlang:adler32(Lines)]),
    Parsed = [parse(L) || L <- binary:split(iolist_to_binary(Lines), <<"\n">>, [global, trim])],
    p([length(Parsed), lists:sum([N || {_, N} <- Parsed]), lists:last(Parsed)]),
    p(byte_size(lists:foldl(fun(X, A) -> <<X:32, A/binary>> end, <<>>, lists:seq(1, 1000)))),
    p(fork(<<"base">>)),
    p(erlang:crc32(caesar(Built, 13))),
    p(caesar(caesar(Built, 13), 243) =:= Built),
    p([binary:referenced_byte_size(binary:copy(hd(Slices))), iolist_size([Built, [Built | <<"x">>]])]),
    p(erlang:iolist_to_iovec(["ab", <<"cd">>, [$e | <<"f">>]])),
    p(zero_runs(<<0:80000>>)).

p(X) -> io:format("~w~n", [X]).

build(0, B) -> B;
build(N, B) -> build(N - 1, <<B/binary, (N band 255), "x">>).

sum(<<X, R/binary>>, S) -> sum(R, S + X);
sum(<<>>, S) -> S.

%% Every worker gets the same binary and answers with slices of it.
workers(B, N) ->
    Me = self(),
    Pids = [spawn(fun() -> receive {work, W} -> <<_:I/binary, P:10/binary, _/binary>> = W, Me ! {self(), P} end end) || I <- lists:seq(1, N)],
    [Pid ! {work, B} || Pid <- Pids],
    [receive {Pid, P} -> P end || Pid <- Pids].

lines(N) -> [[integer_to_list(I), "=", integer_to_list(I * I rem 977), "\n"] || I <- lists:seq(1, N)].

parse(L) -> [K, V] = binary:split(L, <<"=">>), {K, binary_to_integer(V)}.

%% Two appends to the same binary must not see each other.
fork(B) ->
    L = [<<B/binary, X>> || X <- "abc"],
    [<<X/binary, Y/binary>> || X <- L, Y <- L].

caesar(B, K) -> << <<((X + K) band 255)>> || <<X>> <= B >>.

zero_runs(B) -> zero_runs(B, 0).
zero_runs(<<0:1, R/bits>>, N) -> zero_runs(R, N + 1);
zero_runs(<<>>, N) -> N.
