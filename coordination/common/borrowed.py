"""Strings of the libraries that we say our own way: the same English, our Spanish (usted, short, what to do next).

Django lets a project's catalogue win over its libraries'. Named here, they stay in our catalogue when it is
brought in line with the code. Nothing imports this module.
"""

from django.utils.translation import gettext_noop, ngettext_lazy

BORROWED = (
    gettext_noop(
        "%(exc_name)s encountered while trying to read file. "
        "Ensure you have chosen the correct format for the file."
    ),
    gettext_noop("A new set of recovery codes has been generated."),
    gettext_noop("A sign-in code has been sent to %(recipient)s."),
    gettext_noop("Account Inactive"),
    gettext_noop("Activate"),
    gettext_noop("Activate Authenticator App"),
    gettext_noop("Add"),
    gettext_noop("Add Email"),
    gettext_noop("Add Email Address"),
    gettext_noop("Alternative options"),
    gettext_noop("An authenticator app is not active."),
    gettext_noop("Are you sure you want to remove this security key?"),
    gettext_noop("Are you sure you want to sign out?"),
    gettext_noop("Authentication using an authenticator app is active."),
    gettext_noop("Authenticator App"),
    gettext_noop("Authenticator app activated."),
    gettext_noop("Authenticator app deactivated."),
    gettext_noop("Authenticator code"),
    gettext_noop("Authenticator secret"),
    gettext_noop("Backup key"),
    gettext_noop("Bad Token"),
    gettext_noop("Be patient, you are sending too many requests."),
    gettext_noop("Cancel"),
    gettext_noop("Change Password"),
    gettext_noop("Code"),
    gettext_noop("Confirm"),
    gettext_noop("Confirm Access"),
    gettext_noop("Confirmation email sent to %(email)s."),
    gettext_noop("Current Password"),
    gettext_noop("Deactivate"),
    gettext_noop("Deactivate Authenticator App"),
    gettext_noop("Do you really want to remove the selected email address?"),
    gettext_noop("Don't Trust"),
    gettext_noop("Download"),
    gettext_noop("Download codes"),
    gettext_noop("Edit Security Key"),
    gettext_noop("Email"),
    gettext_noop("Email Addresses"),
    gettext_noop("Email address"),
    gettext_noop(
        "Enabling passwordless operation allows you to sign in using just this key, but imposes additional requirements such as biometrics or PIN protection."
    ),
    gettext_noop("Ensure this value is greater than or equal to %(limit_value)s."),
    gettext_noop("Ensure this value is less than or equal to %(limit_value)s."),
    gettext_noop("Enter Email Verification Code"),
    gettext_noop("Enter Password Reset Code"),
    gettext_noop("Enter Sign-In Code"),
    gettext_noop("Enter a number."),
    gettext_noop("Enter a valid URL."),
    gettext_noop("Enter a valid date."),
    gettext_noop("Enter a valid date/time."),
    gettext_noop("Enter a valid email address."),
    gettext_noop("Enter a valid time."),
    gettext_noop("Enter a whole number."),
    gettext_noop("Enter an authenticator code:"),
    gettext_noop("Enter your password:"),
    gettext_noop("Forgot Password?"),
    gettext_noop("Forgot your password?"),
    gettext_noop(
        "Forgotten your password? Enter your email address below, and we'll send you an email allowing you to reset it."
    ),
    gettext_noop("Generate"),
    gettext_noop("Generate new codes"),
    gettext_noop("I have saved my recovery codes"),
    gettext_noop(
        "If you choose to trust this browser, you will not be asked for a verification code the next time you sign in."
    ),
    gettext_noop("Incorrect code."),
    gettext_noop("Incorrect password."),
    gettext_noop("Key nr. {number}"),
    gettext_noop("Make Primary"),
    gettext_noop("Manage"),
    gettext_noop("Master key"),
    gettext_noop("New Password"),
    gettext_noop("New Password (again)"),
    gettext_noop("No recovery codes set up."),
    gettext_noop("Password (again)"),
    gettext_noop("Password Reset"),
    gettext_noop("Password successfully changed."),
    gettext_noop("Password successfully set."),
    gettext_noop("Passwordless"),
    gettext_noop("Please contact us if you have any trouble resetting your password."),
    gettext_noop("Please reauthenticate to safeguard your account."),
    gettext_noop("Please type your current password."),
    gettext_noop("Primary"),
    gettext_noop("Primary email address set."),
    gettext_noop("Re-send Verification"),
    gettext_noop("Recovery Codes"),
    gettext_noop("Remember Me"),
    gettext_noop("Remove Security Key"),
    gettext_noop("Removed email address %(email)s."),
    gettext_noop("Request Code"),
    gettext_noop("Request new code"),
    gettext_noop("Reset My Password"),
    gettext_noop("Save"),
    gettext_noop("Security key added."),
    gettext_noop("Security key removed."),
    gettext_noop("Select a valid choice. %(value)s is not one of the available choices."),
    gettext_noop("Select a valid choice. That choice is not one of the available choices."),
    gettext_noop("Set Password"),
    gettext_noop("Sign In"),
    gettext_noop("Sign Out"),
    gettext_noop("Successfully signed in as %(name)s."),
    gettext_noop("The email address and/or password you specified are not correct."),
    gettext_noop("The following email addresses are associated with your account:"),
    gettext_noop("The new value must be different from the current one."),
    gettext_noop(
        'The password reset link was invalid, possibly because it has already been used.  Please request a <a href="%(passwd_reset_url)s">new password reset</a>.'
    ),
    gettext_noop("The submitted file is empty."),
    gettext_noop("This account is currently inactive."),
    gettext_noop("This account is inactive."),
    gettext_noop("This action will invalidate your existing codes."),
    gettext_noop("This field is required."),
    gettext_noop("This functionality requires JavaScript."),
    gettext_noop(
        "To protect your account with two-factor authentication, scan the QR code below with your authenticator app. Then, input the verification code generated by the app below."
    ),
    gettext_noop("Too many failed login attempts. Try again later."),
    gettext_noop("Trust for %(period)s"),
    gettext_noop("Trust this Browser?"),
    gettext_noop("Two-Factor Authentication"),
    gettext_noop("Unused codes"),
    gettext_noop("Unverified"),
    gettext_noop("Use a security key"),
    gettext_noop("Use authenticator app or code"),
    gettext_noop("Use your password"),
    gettext_noop("Verified"),
    gettext_noop("Verify Your Email Address"),
    gettext_noop("View"),
    gettext_noop(
        "We have sent an email to you for verification. Follow the link provided to finalize the signup process. If you do not see the verification email in your main inbox, check your spam folder. Please contact us if you do not receive the verification email within a few minutes."
    ),
    gettext_noop(
        "We have sent you an email. If you have not received it please check your spam folder. Otherwise contact us if you do not receive it in a few minutes."
    ),
    gettext_noop("We've sent a code to %(recipient)s. The code expires shortly, so please enter it soon."),
    gettext_noop("You are about to deactivate authenticator app based authentication. Are you sure?"),
    gettext_noop("You are about to generate a new set of recovery codes for your account."),
    gettext_noop("You can store this secret and use it to reinstall your authenticator app at a later time."),
    gettext_noop("You have confirmed %(email)s."),
    gettext_noop("You have signed out."),
    gettext_noop("You must type the same password each time."),
    gettext_noop(
        "Your account is protected by two-factor authentication. Please enter an authenticator code:"
    ),
    gettext_noop("Your password is now changed."),
)

BORROWED_COUNTS = (
    ngettext_lazy("You have added %(count)s security key.", "You have added %(count)s security keys."),
    ngettext_lazy(
        "There is %(unused_count)s out of %(total_count)s recovery codes available.",
        "There are %(unused_count)s out of %(total_count)s recovery codes available.",
    ),
)
