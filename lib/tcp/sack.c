/* SPDX-License-Identifier: BSD-3-Clause */
/* SACK blocks that arrive (RFC 2018), and D-SACK (RFC 2883). */
#include "sack.h"

/* RFC 2883, 4: the first block is a D-SACK if it lies below SEG.ACK, or within the second. It is
 * believed only if it starts no further below SEG.ACK than the peer's largest window so far. */
static bool
is_dsack(const struct la_tcp_ext *ext, const struct la_seg *seg)
{
	const struct la_sack *first = &seg->opts.sack[0], *second = &seg->opts.sack[1];

	if (la_seq_geq(first->left, first->right))
		return false;
	if (la_seq_leq(first->right, seg->ack))
		return seg->ack - first->left <= ext->max_wnd;
	return seg->opts.sacks > 1 && la_seq_leq(second->left, first->left) &&
			la_seq_geq(second->right, first->right);
}

/* Ignore a block outside of what is in flight: it is old, or not about our text. */
static void
take_block(const struct la_tcb *tcb, struct la_tcp_ext *ext, const struct la_sack *block,
		struct la_news *news)
{
	const uint32_t una = tcb->snd.una;
	const uint32_t left = la_seq_lt(block->left, una) ? una : block->left;

	if (la_seq_geq(block->left, block->right) || la_seq_leq(block->right, left) ||
			la_seq_gt(block->right, tcb->snd.nxt))
		return;
	la_board__sacked(tcb, ext, left, block->right, news);
}

void
la_sack__arrives(const struct la_tcb *tcb, struct la_tcp_ext *ext, const struct la_seg *seg,
		struct la_news *news)
{
	uint32_t i = 0;

	if (!(seg->opts.present & LA_OPT_SACK) || seg->opts.sacks == 0)
		return;
	news->sack = true;
	if (is_dsack(ext, seg)) {
		news->dsack = true;
		news->dsack_left = seg->opts.sack[0].left;
		news->dsack_right = seg->opts.sack[0].right;
		i = 1;
	}
	if (ext->ranges == 0)
		return;
	for (; i < seg->opts.sacks; i++)
		take_block(tcb, ext, &seg->opts.sack[i], news);
}
