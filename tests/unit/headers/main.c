/* SPDX-License-Identifier: BSD-3-Clause */
/* That this was compiled and linked with a file for each public header is the test. */
int
main(void)
{
	return 0;
}
