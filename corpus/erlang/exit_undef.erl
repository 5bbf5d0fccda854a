%% A call to a module which does not exist.
-module(exit_undef).
-export([main/0]).

main() ->
    timer:sleep(50),
    no_such_module:no_such_function(1, "two", {three}).
