/* SPDX-License-Identifier: MIT */
/*
 * Names of code addresses, for reports: the function and the offset in it, from the symbol table of
 * the program or library that holds the address. Static functions are found too, unless the file
 * was stripped.
 */
#ifndef OTP_PORT_SYMBOL_H
#define OTP_PORT_SYMBOL_H

#include <otp/api.h>

/* "save_all+0x1c", or "shop_test(+0x3a40)" when no function is known there, or "0x7f..." for an
 * address of no file. For a return address pass the address before it. Reads the file anew each
 * time and allocates nothing. */
void otpi_symbol_show(const void *address, char *out, size_t size);

#endif
