%% Comprehensions of lists and binaries: several generators, filters, shadowing, failing filters.
-module(list_compr).
-export([main/0]).

main() ->
    p([{X, Y} || X <- [1, 2, 3], Y <- [a, b]]),
    p([{A, B, C} || A <- lists:seq(1, 30), B <- lists:seq(A, 30), C <- [30 - A - B], A * A + B * B =:= C * C]),
    p([X || {X, even} <- [{1, odd}, {2, even}, bad, {4, even}]]),
    p([X || X <- [1, a, 2, "b"], is_integer(X)]),
    p([Y || X <- [1, 2, 3], Y <- lists:seq(1, X), Y rem 2 =:= 1]),
    p([[X || X <- L] || L <- [[1, 2], [], [3]]]),
    p([X || X <- [3, 1, 2], not (X > 2)]),
    p([X || X <- [0, 1, 2], guard(X) =:= ok]),
    p([X || X <- [1, 2, 3, 4], X > 1, X < 4]),
    p([X || X <- [a, 1, b], hd([X]) =:= X andalso is_atom(X)]),
    p([catch X / Y || X <- [1], Y <- [0, 2]]),
    p([X || X <- [1, a, {}], length(X) > 0]),
    p([B || <<B>> <= <<1, 2, 3>>]),
    p([{B, C} || <<B:4, C:4>> <= <<16#12, 16#AB>>]),
    p([B || <<B:1>> <= <<2#10110011>>]),
    p(<< <<(X * 2)>> || X <- [1, 2, 3] >>),
    p(<< <<B:4>> || <<B:8>> <= <<1, 2, 3>> >>),
    p(<< <<C, B, A>> || <<A, B, C>> <= <<"RGBrgbX">> >>),
    p(<< <<X:16/little>> || X <- lists:seq(1, 5), X rem 2 =:= 1 >>),
    p(<< <<1:1>> || _ <- lists:seq(1, 13) >>),
    p([X || <<L, X:L/binary>> <= <<1, "a", 3, "bcd", 0, 2, "ef">>]),
    p([X || <<2:4, X:4>> <= <<16#21, 16#35, 16#27>>]),
    p([{X, Y} || <<X>> <= <<1, 2>>, Y <- [X, X * 10], <<Z>> <= <<3>>, Z + X > 4]),
    p([X || X <- [], undefined:function(X)]),
    p(shadow(5)),
    p(refuse(fun() -> [X || X <- id(not_a_list)] end)),
    p(refuse(fun() -> [X || X <- [1, 2 | id(tail)]] end)),
    p(refuse(fun() -> [X || <<X>> <= id(notbin)] end)),
    p(refuse(fun() -> [X || X <- [1, 2], id(X)] end)),
    p(refuse(fun() -> << <<X>> || X <- [id(a)] >> end)),
    p(length([X || X <- lists:seq(1, 100000), X band 3 =:= 0])),
    p(byte_size(<< <<X>> || X <- lists:seq(1, 10000) >>)),
    p(queens(6)).

p(X) -> io:format("~w~n", [X]).

guard(0) -> no;
guard(_) -> ok.

shadow(X) -> {[X || X <- [1, 2]], X, [Y || Y <- [X], X <- [Y + 1], X > 0]}.

refuse(F) -> try F() catch C:R -> {C, R} end.

queens(N) -> queens(N, N).
queens(_, 0) -> [[]];
queens(N, K) -> [[Q | Qs] || Qs <- queens(N, K - 1), Q <- lists:seq(1, N), safe(Q, Qs, 1)].
safe(_, [], _) -> true;
safe(Q, [H | T], D) -> Q =/= H andalso abs(Q - H) =/= D andalso safe(Q, T, D + 1).

id(X) -> X.
