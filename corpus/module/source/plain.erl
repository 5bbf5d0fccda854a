-module(plain).
-compile(no_type_opt).
-export([f/1]).
f(X) -> {X, [X | f(X - 1)]}.
