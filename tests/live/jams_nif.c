// Two functions for Erlang that never return: on a scheduler, and on a dirty one.
#include <erl_nif.h>
#include <unistd.h>

__attribute__((noinline)) static void wait_for_nothing(void)
{
    for (;;)
        pause();
}

static ERL_NIF_TERM hang(ErlNifEnv *env, int argc, const ERL_NIF_TERM *argv)
{
    ErlNifPid to;
    if (argc != 1 || !enif_get_local_pid(env, argv[0], &to))
        return enif_make_badarg(env);
    enif_send(env, &to, NULL, enif_make_atom(env, "in_nif"));
    wait_for_nothing();
    return argv[0];
}

static ErlNifFunc functions[] = {
    {.name = "hang", .arity = 1, .fptr = hang},
    {.name = "hang_dirty", .arity = 1, .fptr = hang, .flags = ERL_NIF_DIRTY_JOB_IO_BOUND},
};

ERL_NIF_INIT(jams_nif, functions, NULL, NULL, NULL, NULL)
