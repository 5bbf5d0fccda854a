-module(data).
-export([map/2, tuple/1, list/1, float/2, literal/0, select/1, big/1]).
-record(r, {a = 1, b, c = []}).
map(M, K) -> case M of #{a := X, K := Y} -> M#{a := Y, b => X, {K} => 1}; #{} -> #{z => M} end.
tuple(#r{a = 1} = R) -> R#r{b = 2, c = {R}};
tuple({A, _}) -> setelement(1, {A, A}, 7);
tuple({_, B, C}) -> element(1, {C, B}).
list([H | T]) when is_list(T), H > 1 -> [{H} | list(T)];
list([_]) -> "text";
list(L) -> hd(L) + length(L).
float(X, Y) when is_float(X), is_float(Y) -> X * Y + 1.5 - X / Y.
literal() -> {[1, 2.0, <<"bin">>, #{k => v}], 'an atom', fun lists:map/2}.
select(a) -> 1; select(b) -> 2; select(17) -> 3; select(1.0) -> 4; select(_) -> 123456789012345678901234567890.
big(X) -> (X bsl 70) + -18446744073709551616.
