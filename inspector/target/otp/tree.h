// tree.h - the nodes of a binary tree in a node's memory, one after another, in order.
#ifndef OTP_TREE_H
#define OTP_TREE_H

#include "inspector/target/otp/node.h"

enum { OTP_TREE_DEPTH = 128 };

struct otp_tree {
    struct otp_node *node;
    enum otp_field left, right;
    otp_word at;     // the root to begin with
    otp_word *path;  // OTP_TREE_DEPTH of them
    unsigned depth;
    uint64_t most;  // nodes still allowed: a torn tree may loop
};

// False: there are no more.
static inline bool otp_tree_next(struct otp_tree *tree, otp_word *ret)
{
    if (tree->most == 0)
        return false;
    while (tree->at != 0 && (tree->at & 7) == 0 && tree->depth < OTP_TREE_DEPTH && tree->most > 0) {
        tree->path[tree->depth++] = tree->at;
        tree->at = otp_member(tree->node, tree->at, tree->left);
        tree->most--;
    }
    if (tree->depth == 0)
        return false;
    *ret = tree->path[--tree->depth];
    otp_word right = otp_member(tree->node, *ret, tree->right);
    tree->at = (right & 7) == 0 ? right : 0;
    return true;
}

#endif
